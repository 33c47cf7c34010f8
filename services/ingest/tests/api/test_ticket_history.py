"""`POST /v1/tickets/history`: a ticket of another system, with its past."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from ingest_desk import Desk, fact
from ingest_scenarios import some_id, triaged

from deskstream_contracts.events.ticket import TicketCreated, TicketMessageAdded, TicketResolved

PAST: dict[str, Any] = {
    "external": {"source": "zendesk", "id": "4711"},
    "customer": {"email": "anna@example.com", "name": "Anna"},
    "subject": "Where is my order?",
    "body": "It should have come on Monday.",
    "occurred_at": "2024-02-05T08:00:00Z",
    "queue": "orders",
    "messages": [
        {
            "kind": "outbound",
            "body": "It is on its way.",
            "occurred_at": "2024-02-05T09:30:00Z",
            "author": "sam",
        },
        {"kind": "inbound", "body": "It came. Thanks!", "occurred_at": "2024-02-06T10:00:00Z"},
    ],
    "status": "resolved",
    "resolved_at": "2024-02-06T12:00:00Z",
    "resolution": {"code": "delivered", "note": "By post."},
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def bring_in(desk: Desk, **fields: Any) -> Any:
    return await desk.http.post("/v1/tickets/history", json=PAST | fields)


async def test_the_past_is_an_ordinary_history_at_its_own_times(desk: Desk) -> None:
    answer = await bring_in(desk)

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["status"], body["version"], body["message_count"]) == ("resolved", 4, 3)
    assert body["history"] == {"imported_at": "2026-01-15T12:00:00Z", "version": 4}
    events = await desk.outbox()
    assert [event.type for event in events] == [
        "ticket.created",
        "ticket.message_added",
        "ticket.message_added",
        "ticket.resolved",
    ]
    created, answered, thanked, resolved = (event.data for event in events)
    assert isinstance(created, TicketCreated)
    assert isinstance(answered, TicketMessageAdded)
    assert isinstance(thanked, TicketMessageAdded)
    assert isinstance(resolved, TicketResolved)
    assert created.ticket.created_at == created.occurred_at == at("2024-02-05T08:00:00Z")
    assert created.ticket.queue == "orders"
    assert (answered.actor.kind, answered.actor.id) == ("agent", "sam")
    assert answered.ticket.status == "pending"
    assert answered.in_reply_to == created.message_id
    assert thanked.actor.id == str(created.customer.id)
    assert thanked.ticket.status == "open"
    snapshot = resolved.ticket
    assert snapshot.first_response_at == answered.occurred_at == at("2024-02-05T09:30:00Z")
    assert snapshot.resolved_at == snapshot.updated_at == at("2024-02-06T12:00:00Z")
    assert resolved.elapsed_s == 28 * 3600
    assert (resolved.code, resolved.note) == ("delivered", "By post.")
    assert all(data.imported for data in (created, answered, thanked, resolved))
    assert not created.analyse
    assert not thanked.analyse


async def test_its_events_were_recorded_now_in_their_order(desk: Desk) -> None:
    await bring_in(desk)
    events = await desk.outbox()
    assert [event.sequence for event in events] == [1, 2, 3, 4]
    assert events[0].time == desk.clock.now
    assert all(before.time < after.time for before, after in pairwise(events))
    assert events[-1].time - desk.clock.now < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("status", "types", "last"),
    [
        ("open", ["ticket.message_added"] * 2, "open"),
        ("pending", ["ticket.message_added"] * 2 + ["ticket.updated"], "pending"),
        ("on_hold", ["ticket.message_added"] * 2 + ["ticket.updated"], "on_hold"),
        ("resolved", ["ticket.message_added"] * 2 + ["ticket.resolved"], "resolved"),
        (
            "closed",
            ["ticket.message_added"] * 2 + ["ticket.resolved", "ticket.updated"],
            "closed",
        ),
    ],
)
async def test_it_ends_as_it_stands_there(
    desk: Desk, status: str, types: list[str], last: str
) -> None:
    answer = await bring_in(desk, status=status, resolved_at=None, resolution=None)
    assert answer.json()["status"] == last
    events = await desk.outbox()
    assert [event.type for event in events] == ["ticket.created", *types]
    snapshot: Any = events[-1].data
    assert snapshot.ticket.updated_at == at("2024-02-06T10:00:00Z")
    assert snapshot.ticket.history.version == snapshot.ticket.version == len(events)


async def test_one_message_alone_is_resolved_when_it_was_written(desk: Desk) -> None:
    few = {name: PAST[name] for name in ("external", "customer", "body", "occurred_at")}
    answer = await desk.http.post("/v1/tickets/history", json=few)
    assert answer.status_code == 201, answer.text
    assert answer.json()["resolved_at"] == "2024-02-05T08:00:00Z"


async def test_only_what_the_customer_wrote_is_analysed(desk: Desk) -> None:
    await bring_in(desk, analyse=True)
    asked = [getattr(event.data, "analyse", None) for event in await desk.outbox()]
    assert asked == [True, False, True, None]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"occurred_at": "2024-02-05T09:30:00.000001Z"}, "/messages/0/occurred_at"),
        ({"occurred_at": "2026-01-15T12:00:01Z"}, "/occurred_at"),
        ({"occurred_at": "1969-12-31T23:59:59Z"}, "/occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "/occurred_at"),
        ({"resolved_at": "2024-02-06T09:59:59Z"}, "/resolved_at"),
        ({"resolved_at": "9999-12-31T23:59:59Z"}, "/resolved_at"),
        ({"status": "open"}, ""),
        ({"resolved_at": None, "status": "on_hold"}, ""),
        ({"messages": [PAST["messages"][1] | {"author": "anna"}]}, "/messages/0"),
        ({"messages": [PAST["messages"][0]] * 501}, "/messages"),
        ({"external": None}, "/external"),
        ({"occurred_at": None}, "/occurred_at"),
        ({"analyse": "yes"}, "/analyse"),
        ({"state": "resolved"}, "/state"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_pointer(
    desk: Desk, fields: dict[str, Any], pointer: str
) -> None:
    answer = await bring_in(desk, **fields)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await desk.outbox() == []


async def test_the_same_past_again_is_the_same_ticket(desk: Desk) -> None:
    first = await bring_in(desk)
    desk.clock.advance(3600)
    ticket_id = first.json()["id"]
    await desk.post(ticket_id, "messages", {"kind": "inbound", "body": "Hello?"})
    stored = len(await desk.outbox())
    again = await bring_in(desk, occurred_at="2024-02-05T09:00:00+01:00")
    assert (again.status_code, again.json()["id"]) == (200, ticket_id)
    assert len(await desk.outbox()) == stored


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"body": "Other"}, "body"),
        ({"occurred_at": "2024-02-05T08:00:01Z"}, "occurred_at"),
        ({"queue": "cards"}, "queue"),
        ({"messages": PAST["messages"][:1]}, "messages"),
        ({"messages": [PAST["messages"][0] | {"author": "kim"}, PAST["messages"][1]]}, "messages"),
        ({"status": "closed"}, "status"),
        ({"resolved_at": "2024-02-06T12:00:01Z"}, "resolved_at"),
        ({"resolution": {"code": "lost"}}, "resolution"),
        ({"analyse": True}, "analyse"),
    ],
)
async def test_another_past_under_a_known_id_is_refused(
    desk: Desk, fields: dict[str, Any], named: str
) -> None:
    await bring_in(desk)
    answer = await bring_in(desk, **fields)
    assert answer.status_code == 409, answer.text
    assert f"/{named}" in [error["pointer"] for error in answer.json()["errors"]]
    assert len(await desk.outbox()) == 4


async def test_a_ticket_created_without_a_past_is_another(desk: Desk) -> None:
    few = {name: PAST[name] for name in ("external", "customer", "subject", "body")}
    assert (await desk.http.post("/v1/tickets", json=few)).status_code == 201
    assert (await bring_in(desk)).status_code == 409


async def test_and_the_other_way_round(desk: Desk) -> None:
    await bring_in(desk)
    few = {name: PAST[name] for name in ("external", "customer", "subject", "body")}
    assert (await desk.http.post("/v1/tickets", json=few)).status_code == 409


async def test_a_later_message_starts_normal_life(desk: Desk) -> None:
    ticket_id = (await bring_in(desk)).json()["id"]
    desk.clock.advance(60)
    answer = await desk.post(ticket_id, "messages", {"kind": "inbound", "body": "Broken again!"})
    assert answer.status_code == 201
    *_, reopened, message = await desk.outbox()
    assert (reopened.type, message.type) == ("ticket.reopened", "ticket.message_added")
    for event in (reopened, message):
        data: Any = event.data
        assert data.ticket.history.resumed_at == desk.clock.now
    assert isinstance(message.data, TicketMessageAdded)
    assert not message.data.imported
    answered = await desk.post(ticket_id, "messages", {"kind": "outbound", "body": "Sorry!"})
    assert answered.status_code == 201
    assert [event.type for event in await desk.outbox()][-2:] == [
        "reply.approved",
        "ticket.message_added",
    ]


async def test_triage_of_the_past_sorts_it_and_presses_nobody(desk: Desk) -> None:
    ticket_id = (await bring_in(desk, queue=None)).json()["id"]
    written_at = at("2024-02-05T08:00:00Z")
    old = triaged(priority="urgent", imported=True, occurred_at=written_at)
    (followed,) = await desk.take([fact(ticket_id, old, desk.clock, some_id("old triage"))])
    assert followed.type == "ticket.updated"
    snapshot = followed.data.ticket
    assert (followed.data.imported, snapshot.priority) == (True, "normal")
    assert (snapshot.queue, snapshot.tags) == ("logistics", ("delivery",))
    assert snapshot.updated_at == at("2024-02-06T12:00:00Z")
    assert await desk.take([fact(ticket_id, old, desk.clock, some_id("again"))]) == []


async def test_triage_of_the_past_changes_nothing_once_life_goes_on(desk: Desk) -> None:
    ticket_id = (await bring_in(desk)).json()["id"]
    await desk.post(ticket_id, "messages", {"kind": "inbound", "body": "Broken again!"})
    old = triaged(priority="urgent", imported=True, queue="fraud")
    assert await desk.take([fact(ticket_id, old, desk.clock, some_id("old triage"))]) == []
    new = triaged(priority="high")
    (followed,) = await desk.take([fact(ticket_id, new, desk.clock, some_id("new triage"))])
    assert (followed.data.imported, followed.data.ticket.priority) == (False, "high")


async def test_the_most_that_fits_is_taken_in_one_transaction(desk: Desk) -> None:
    message = {"kind": "note", "body": "x" * 300, "occurred_at": "2024-02-05T09:30:00Z"}
    answer = await bring_in(desk, messages=[message] * 500)
    assert answer.status_code == 201, answer.text
    assert len(await desk.outbox()) == 502
    assert UUID(answer.json()["id"])


async def test_it_needs_a_scope_of_its_own(desk: Desk) -> None:
    answer = await desk.http.post(
        "/v1/tickets/history", json=PAST, headers={"Authorization": "Bearer nobody"}
    )
    assert answer.status_code == 401
