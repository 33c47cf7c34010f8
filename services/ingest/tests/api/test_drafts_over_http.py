import asyncio
from typing import Any
from uuid import uuid4

from ingest_desk import Desk, fact
from ingest_scenarios import drafted, some_id

from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected
from deskstream_contracts.events.ticket import TicketCreated

DRAFT = str(some_id("draft"))


async def ticket_with_draft(desk: Desk) -> str:
    ticket: dict[str, Any] = await desk.create()
    created = (await desk.outbox())[0].data
    assert isinstance(created, TicketCreated)
    draft = drafted(message=created.message_id)
    assert await desk.take([fact(ticket["id"], draft, desk.clock, uuid4())]) == []
    return str(ticket["id"])


async def test_a_draft_is_approved_once(desk: Desk) -> None:
    ticket_id = await ticket_with_draft(desk)
    first = await desk.post(ticket_id, f"drafts/{DRAFT}/approve")
    second = await desk.post(ticket_id, f"drafts/{DRAFT}/approve")
    other = await desk.post(ticket_id, f"drafts/{DRAFT}/approve", {"body": "Too late."})

    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert other.status_code == 409
    assert "approved by integration test at 20" in other.json()["detail"]
    assert [error["pointer"] for error in other.json()["errors"]] == ["/body"]
    assert first.json() == second.json()
    assert first.json()["status"] == "approved"
    (sent,) = [event for event in await desk.outbox() if isinstance(event.data, ReplyApproved)]
    assert isinstance(sent.data, ReplyApproved)
    assert str(sent.data.message_id) == first.json()["message_id"]
    assert sent.data.body == "It will come on Friday."


async def test_a_race_of_approvals_sends_one_reply(desk: Desk) -> None:
    ticket_id = await ticket_with_draft(desk)
    answers = await asyncio.gather(
        *(desk.post(ticket_id, f"drafts/{DRAFT}/approve") for _ in range(6))
    )
    assert {answer.status_code for answer in answers} == {200}
    sent = [event for event in await desk.outbox() if isinstance(event.data, ReplyApproved)]
    assert len(sent) == 1


async def test_a_draft_is_rejected_and_then_cannot_be_sent(desk: Desk) -> None:
    ticket_id = await ticket_with_draft(desk)
    rejected = await desk.post(ticket_id, f"drafts/{DRAFT}/reject", {"reason": "wrong"})
    approved = await desk.post(ticket_id, f"drafts/{DRAFT}/approve")
    again = await desk.post(ticket_id, f"drafts/{DRAFT}/reject", {"reason": "wrong"})
    other = await desk.post(ticket_id, f"drafts/{DRAFT}/reject", {"reason": "rude"})

    assert (again.status_code, again.json()) == (200, rejected.json())
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (409, "/reason")
    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    assert approved.status_code == 409
    assert isinstance((await desk.outbox())[-1].data, ReplyRejected)


async def test_an_unknown_draft_may_not_have_arrived_yet(desk: Desk) -> None:
    ticket = await desk.create()
    answer = await desk.post(ticket["id"], f"drafts/{DRAFT}/approve")
    assert answer.status_code == 404
    assert "may not have arrived yet" in answer.json()["detail"]


async def test_a_draft_belongs_to_its_ticket(desk: Desk) -> None:
    await ticket_with_draft(desk)
    other = await desk.create()
    assert (await desk.post(other["id"], f"drafts/{DRAFT}/approve")).status_code == 404
