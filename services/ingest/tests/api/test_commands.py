"""Every command on a ticket that is there, over HTTP."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from ingest_desk import Desk, fact
from ingest_scenarios import escalated

from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_contracts.events.reply import ReplyApproved, ReplyRequested
from deskstream_contracts.events.ticket import TicketMessageAdded, TicketUpdated

POSTS = [
    ("messages", {"kind": "note", "body": "Hm."}),
    ("resolve", {}),
    ("reopen", {}),
    ("escalate", {}),
    ("replies", {}),
    (f"drafts/{uuid4()}/approve", {}),
    (f"drafts/{uuid4()}/reject", {}),
]


async def test_fields_are_set(desk: Desk) -> None:
    ticket = await desk.create()
    answer = await desk.patch(ticket["id"], {"queue": "billing", "tags": ["a"]}, If_Match='"1"')

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json()["queue"], answer.json()["tags"]) == ("billing", ["a"])
    event = (await desk.outbox())[-1]
    assert isinstance(event.data, TicketUpdated)
    assert (event.sequence, event.data.actor.kind, event.data.actor.id) == (
        2,
        "integration",
        "test",
    )
    assert event.correlation_id == (await desk.outbox())[0].id


async def test_null_clears_the_queue(desk: Desk) -> None:
    ticket = await desk.create()
    await desk.patch(ticket["id"], {"queue": "billing"})
    assert "queue" not in (await desk.patch(ticket["id"], {"queue": None})).json()


async def test_a_stale_version_is_refused_and_changes_nothing(desk: Desk) -> None:
    ticket = await desk.create()
    await desk.patch(ticket["id"], {"queue": "billing"})
    answer = await desk.patch(ticket["id"], {"queue": "leads"}, If_Match='"1"')

    assert (answer.status_code, answer.headers["ETag"]) == (412, '"2"')
    assert len(await desk.outbox()) == 2


@pytest.mark.parametrize("condition", ["1", "", '*, "1"', '"1', 'w/"1"', '"1" "2"'])
async def test_a_condition_that_is_none_is_refused(desk: Desk, condition: str) -> None:
    ticket = await desk.create()
    answer = await desk.patch(ticket["id"], {"queue": "leads"}, If_Match=condition)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("condition", "status"),
    [("*", 200), ('"7", "1"', 200), ('W/"1"', 412), ('"x"', 412), ('"7", "8"', 412)],
)
async def test_each_form_of_a_condition_has_one_answer(
    desk: Desk, condition: str, status: int
) -> None:
    ticket = await desk.create()
    answer = await desk.patch(ticket["id"], {"queue": "leads"}, If_Match=condition)
    assert answer.status_code == status


async def test_of_two_writers_with_one_version_one_wins(desk: Desk) -> None:
    ticket = await desk.create()
    answers = await asyncio.gather(
        *(desk.patch(ticket["id"], {"queue": f"q{n}"}, If_Match='"1"') for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5
    assert [event.sequence for event in await desk.outbox()] == [1, 2]


async def test_writers_without_a_condition_all_have_their_turn(desk: Desk) -> None:
    ticket = await desk.create()
    answers = await asyncio.gather(
        *(desk.post(ticket["id"], "messages", {"kind": "note", "body": "x"}) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert [event.sequence for event in await desk.outbox()] == list(range(1, 10))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "resolved"},
        {"status": None},
        {"subject": " "},
        {"subject": "\u200b"},
        {"priority": None},
        {"tags": None},
        {"version": 7},
        {"queue": "Not A Code"},
        {"assignee_id": ""},
    ],
)
async def test_wrong_changes_are_refused(desk: Desk, body: dict[str, Any]) -> None:
    ticket = await desk.create()
    assert (await desk.patch(ticket["id"], body)).status_code == 422
    assert len(await desk.outbox()) == 1


async def test_an_answer_is_sent(desk: Desk) -> None:
    ticket = await desk.create()
    answer = await desk.post(ticket["id"], "messages", {"kind": "outbound", "body": "Friday."})

    assert (answer.status_code, answer.headers["ETag"]) == (201, '"2"')
    body = answer.json()
    assert body["ticket"]["status"] == "pending"
    approved, added = (await desk.outbox())[1:]
    assert isinstance(approved.data, ReplyApproved)
    assert isinstance(added.data, TicketMessageAdded)
    assert str(approved.data.message_id) == str(added.data.message_id) == body["message_id"]
    assert added.causation_id == approved.id
    assert (approved.sequence, added.sequence) == (None, 2)


async def test_a_ticket_is_resolved_once_and_reopened(desk: Desk) -> None:
    ticket = await desk.create()
    desk.clock.advance(60)
    first = await desk.post(ticket["id"], "resolve", {"code": "answered"})
    second = await desk.post(ticket["id"], "resolve", {"code": "answered"})
    reopened = await desk.post(ticket["id"], "reopen", {"reason": "mistake"})

    assert first.json() == second.json()
    assert (first.json()["status"], first.headers["ETag"]) == ("resolved", '"2"')
    assert (reopened.json()["status"], reopened.json()["reopen_count"]) == ("open", 1)
    assert [event.type for event in await desk.outbox()] == [
        "ticket.created", "ticket.resolved", "ticket.reopened",
    ]  # fmt: skip


async def test_what_is_settled_is_not_settled_otherwise(desk: Desk) -> None:
    ticket = await desk.create()
    await desk.post(ticket["id"], "resolve", {"code": "answered", "note": "Told her."})
    stored = await desk.outbox()
    other = await desk.post(ticket["id"], "resolve", {"code": "spam", "note": "Told her."})

    assert other.status_code == 409
    assert "by integration test at 20" in other.json()["detail"]
    assert [error["pointer"] for error in other.json()["errors"]] == ["/code"]
    await desk.post(ticket["id"], "reopen", {"reason": "mistake"})
    assert (await desk.post(ticket["id"], "reopen", {"reason": "mistake"})).status_code == 200
    assert (await desk.post(ticket["id"], "reopen", {"reason": "other"})).status_code == 409
    assert len(await desk.outbox()) == len(stored) + 1


async def test_a_level_that_is_reached_is_not_asked_for_again(desk: Desk) -> None:
    ticket = await desk.create()
    await desk.post(ticket["id"], "escalate", {"level": 2, "note": "Look."})
    await desk.take([fact(ticket["id"], escalated(level=2), desk.clock, uuid4())])
    stored = await desk.outbox()
    again = await desk.post(ticket["id"], "escalate", {"level": 2, "note": "Look."})

    assert (again.status_code, again.headers["ETag"]) == (200, '"2"')
    assert "request_id" not in again.json()
    assert again.json()["ticket"]["escalation_level"] == 2
    lower = await desk.post(ticket["id"], "escalate", {"level": 1})
    other = await desk.post(ticket["id"], "escalate", {"level": 2, "note": "Now!"})
    assert (lower.status_code, other.status_code) == (409, 409)
    assert "level 2 by system escalation at 20" in lower.json()["detail"]
    assert [error["pointer"] for error in other.json()["errors"]] == ["/note"]
    assert len(await desk.outbox()) == len(stored)


async def test_an_escalation_and_a_draft_are_asked_for(desk: Desk) -> None:
    ticket = await desk.create()
    escalation = await desk.post(ticket["id"], "escalate", {"reason": "angry", "level": 2})
    reply = await desk.post(ticket["id"], "replies", {"instructions": "Be brief."})

    assert (escalation.status_code, reply.status_code) == (202, 202)
    assert escalation.headers["ETag"] == reply.headers["ETag"] == '"1"'
    requested, asked = (await desk.outbox())[1:]
    assert isinstance(requested.data, EscalationRequested)
    assert isinstance(asked.data, ReplyRequested)
    assert str(requested.data.request_id) == escalation.json()["request_id"]
    assert str(asked.data.request_id) == reply.json()["request_id"]


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("messages", {"kind": "shout", "body": "x"}),
        ("messages", {"kind": "note", "body": ""}),
        ("messages", {"kind": "note"}),
        ("escalate", {"level": 0}),
        ("escalate", {"level": 6}),
        ("escalate", {"level": "2"}),
        ("replies", {"tone": "Not A Code"}),
        ("messages", {"kind": "note", "body": "\u200b\u2800"}),
        ("resolve", {"note": ""}),
        ("resolve", {"note": "\u3164"}),
        ("reopen", {"why": "x"}),
        (f"drafts/{uuid4()}/approve", {"body": " "}),
        ("drafts/nonsense/approve", {}),
    ],
)
async def test_wrong_values_are_refused(desk: Desk, what: str, body: dict[str, Any]) -> None:
    ticket = await desk.create()
    assert (await desk.post(ticket["id"], what, body)).status_code == 422
    assert len(await desk.outbox()) == 1


@pytest.mark.parametrize(("what", "body"), POSTS)
async def test_an_unknown_ticket_is_not_found(desk: Desk, what: str, body: dict[str, Any]) -> None:
    answer = await desk.post(str(uuid4()), what, body)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert await desk.outbox() == []


@pytest.mark.parametrize(("what", "body"), POSTS)
async def test_each_can_be_made_conditional(desk: Desk, what: str, body: dict[str, Any]) -> None:
    ticket = await desk.create()
    assert (await desk.post(ticket["id"], what, body, If_Match='"9"')).status_code == 412
    assert len(await desk.outbox()) == 1


@pytest.mark.parametrize(("what", "body"), [post for post in POSTS if "drafts" not in post[0]])
async def test_each_can_be_repeated(desk: Desk, what: str, body: dict[str, Any]) -> None:
    ticket = await desk.create()
    first = await desk.post(ticket["id"], what, body, Idempotency_Key="k")
    stored = len(await desk.outbox())
    second = await desk.post(ticket["id"], what, body, Idempotency_Key="k")

    assert first.status_code < 300
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["ETag"] == first.headers["ETag"]
    assert len(await desk.outbox()) == stored


async def test_a_key_is_for_one_request(desk: Desk) -> None:
    ticket = await desk.create()
    await desk.post(ticket["id"], "resolve", {}, Idempotency_Key="k")
    assert (await desk.post(ticket["id"], "reopen", {}, Idempotency_Key="k")).status_code == 422


async def test_what_the_state_does_not_allow_is_a_conflict(desk: Desk) -> None:
    ticket = await desk.create()
    await desk.post(ticket["id"], "resolve")
    answer = await desk.patch(ticket["id"], {"status": "open"})
    assert answer.status_code == 409
    assert "reopen it first" in answer.json()["detail"]
