"""Facts as they come from the log, on real Postgres."""

from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

from ingest_desk import Desk, fact
from ingest_scenarios import auto_approved, drafted, escalated, failed, some_id, triaged

from deskstream_contracts import Event
from deskstream_contracts.events.notification import NotificationSent
from deskstream_contracts.events.ticket import TicketCreated, TicketUpdated
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction


async def test_a_batch_changes_many_tickets_at_once(desk: Desk) -> None:
    tickets = [await desk.create() for _ in range(20)]
    batch = [fact(ticket["id"], triaged(), desk.clock, uuid4()) for ticket in tickets]
    batch += [fact(ticket["id"], escalated(level=2), desk.clock, uuid4()) for ticket in tickets]
    followed = await desk.take(batch)

    assert len(followed) == 40
    assert all(isinstance(event.data, TicketUpdated) for event in followed)
    for ticket in tickets:
        versions = [event.sequence for event in followed if str(event.subject) == ticket["id"]]
        assert versions == [2, 3]
    answer = await desk.post(tickets[0]["id"], "replies")
    assert answer.headers["ETag"] == '"3"'


async def test_what_follows_names_its_cause_and_has_the_same_id_at_any_retry(desk: Desk) -> None:
    ticket = await desk.create()
    created = (await desk.outbox())[0]
    cause = fact(ticket["id"], triaged(), desk.clock, uuid4())
    before_commit: list[Event[Any]] = []

    async def lost(tx: Transaction) -> Effects:
        before_commit.extend((await desk.facts.apply_events(tx, [cause])).events)
        raise ConnectionError

    try:
        await desk.infrastructure.unit_of_work.run(lost)
    except ConnectionError:
        (event,) = await desk.take([cause])
    assert [event] == before_commit
    assert (event.causation_id, event.correlation_id) == (cause.id, created.id)


async def test_the_same_facts_again_change_nothing(desk: Desk) -> None:
    ticket = await desk.create()
    message = _message_of((await desk.outbox())[0])
    batch = [
        fact(ticket["id"], data, desk.clock, uuid4())
        for data in (
            triaged(message=message),
            drafted(message=message),
            auto_approved(),
            failed(),
            escalated(),
        )
    ]
    assert len(await desk.take(batch)) == 5
    stored = await desk.rows("ticket"), await desk.rows("draft")
    assert await desk.take(batch) == []
    assert await desk.take(batch[::-1]) == []
    assert (await desk.rows("ticket"), await desk.rows("draft")) == stored


async def test_draft_and_approval_meet_across_batches(desk: Desk) -> None:
    for order in permutations((0, 1)):
        ticket = await desk.create()
        message = _message_of((await desk.outbox())[-1])
        facts = [
            fact(ticket["id"], drafted(message=message), desk.clock, uuid4()),
            fact(ticket["id"], auto_approved(), desk.clock, uuid4()),
        ]
        assert await desk.take([facts[order[0]]]) == []
        followed = await desk.take([facts[order[1]]])
        assert [event.type for event in followed] == ["reply.approved", "ticket.message_added"]
        (draft,) = [
            row for row in await desk.rows("draft") if str(row["ticket_id"]) == ticket["id"]
        ]
        assert "Friday" not in draft["state"]


async def test_facts_about_a_ticket_that_was_lost_are_passed_over(desk: Desk) -> None:
    nowhere = uuid4()
    known = await desk.create()
    followed = await desk.take(
        [
            fact(nowhere, triaged(), desk.clock, uuid4()),
            fact(known["id"], triaged(), desk.clock, uuid4()),
            fact(nowhere, drafted(), desk.clock, uuid4()),
        ]
    )
    assert [str(event.subject) for event in followed] == [known["id"]]
    assert [row["ticket_id"] for row in await desk.rows("draft")] == [nowhere]


async def test_a_providers_message_id_is_kept_once(desk: Desk) -> None:
    sent = NotificationSent(
        notification_id=some_id("notification"), channel="sms", purpose="reply",
        recipient_kind="customer", recipient="+15550100200", provider="twilio", attempt=1,
        sent_at=desk.clock(), cause_id=uuid4(), provider_message_id="SM1",
    )  # fmt: skip
    ticket_id = uuid4()
    event = Event(id=uuid4(), subject=ticket_id, time=desk.clock(), data=sent)
    nameless = event._replace(data=sent.model_copy(update={"provider_message_id": None}))

    async def keep(tx: Transaction) -> Effects:
        batch = [event, nameless, event]
        return await desk.facts.keep_provider_messages(tx, batch)

    await desk.infrastructure.unit_of_work.run(keep)
    await desk.infrastructure.unit_of_work.run(keep)
    assert await desk.rows("provider_message") == [
        {
            "provider": "twilio", "provider_message_id": "SM1", "ticket_id": ticket_id,
            "notification_id": sent.notification_id,
        }
    ]  # fmt: skip


def _message_of(event: Event[Any]) -> UUID:
    assert isinstance(event.data, TicketCreated)
    return event.data.message_id
