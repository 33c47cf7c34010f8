"""Events leave the same rows in any order, any number of times."""

from uuid import UUID, uuid4

import pytest
from ai_desk import START, AiDesk, message_added, snapshot, ticket_created

from deskstream_contracts import Event, revised
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected
from deskstream_contracts.events.ticket import (
    Actor,
    Customer,
    FieldChange,
    TicketCreated,
    TicketUpdated,
)

AGENT = Actor(kind="agent", id="anna")


def subject_changed(ticket_id: UUID, subject: str | None, version: int) -> Event[TicketUpdated]:
    data = TicketUpdated(
        ticket=snapshot(version),
        actor=AGENT,
        changes=(FieldChange(field="subject", old="a", new="b"),),
        reason="edited",
        occurred_at=START,
        subject=subject,
    )
    return Event(id=uuid4(), subject=ticket_id, time=START, data=data, sequence=version)


async def test_a_new_ticket_is_a_conversation_and_work(desk: AiDesk) -> None:
    event = ticket_created("Where is it?", "Order")
    await desk.handle(event)
    [conversation] = await desk.rows("conversation")
    assert (conversation["subject"], conversation["customer_name"]) == ("Order", "Maya Lopez")
    [work] = await desk.rows("work")
    assert (work["kind"], work["subject"]) == ("understand", event.subject)
    assert "Where is it" not in work["payload"]


async def test_the_same_event_again_changes_nothing(desk: AiDesk) -> None:
    event = ticket_created()
    await desk.handle(event, event)
    await desk.perform_work()
    await desk.handle(event)
    assert await desk.rows("work") == []
    assert len(await desk.rows("conversation_message")) == 1


async def test_only_a_customers_message_is_work(desk: AiDesk) -> None:
    ticket_id = uuid4()
    await desk.handle(
        message_added(ticket_id, "We look into it", kind="outbound"),
        message_added(ticket_id, "He called before", kind="note", version=3),
        message_added(ticket_id, "Any news?", version=4),
    )
    assert len(await desk.rows("work")) == 1
    assert len(await desk.rows("conversation_message")) == 3


async def test_order_does_not_matter(desk: AiDesk) -> None:
    created = ticket_created(subject="First")
    second = subject_changed(created.subject, "Second", 2)
    third = subject_changed(created.subject, "Third", 3)
    unchanged = subject_changed(created.subject, None, 4)
    for event in (third, unchanged, created, second):
        await desk.handle(event)
    [conversation] = await desk.rows("conversation")
    assert (conversation["subject"], conversation["customer_name"]) == ("Third", "Maya Lopez")


async def test_a_revision_erases_the_texts_and_asks_no_model(desk: AiDesk) -> None:
    event = ticket_created("My secret", "Secret", name="Maya")
    await desk.handle(event)
    await desk.perform_work()
    blank = event.data.model_copy(
        update={"subject": "", "body": "", "customer": Customer(id=UUID(int=7))}
    )
    await desk.handle(revised(event, blank), event)
    [conversation] = await desk.rows("conversation")
    [message] = await desk.rows("conversation_message")
    assert (conversation["subject"], conversation["customer_name"]) == ("", None)
    assert message["body"] == ""
    assert await desk.rows("work") == []


async def test_an_erased_message_seen_for_the_first_time_is_no_work(desk: AiDesk) -> None:
    event = ticket_created()
    data: TicketCreated = event.data.model_copy(update={"subject": "", "body": ""})
    await desk.handle(revised(event, data))
    assert await desk.rows("work") == []


def enriched(name: str, minute: int) -> Event[CustomerEnriched]:
    data = CustomerEnriched(
        customer_id=UUID(int=7),
        provider="shopify",
        observed_at=START.replace(minute=minute),
        name=name,
        order_count=minute,
        tags=("vip", "eu"),
    )
    return Event(id=uuid4(), subject=UUID(int=7), time=START, data=data)


@pytest.mark.parametrize("minutes", [(1, 2), (2, 1)])
async def test_the_latest_observation_of_a_customer_stays(
    desk: AiDesk, minutes: tuple[int, int]
) -> None:
    for minute in minutes:
        await desk.handle(enriched(f"Name {minute}", minute))
    [customer] = await desk.rows("customer")
    assert (customer["name"], customer["order_count"]) == ("Name 2", 2)
    assert customer["tags"] == ["vip", "eu"]


async def test_verdicts_on_drafts_are_kept_once(desk: AiDesk) -> None:
    draft_id = uuid4()
    rejected = Event(
        id=uuid4(),
        subject=uuid4(),
        time=START,
        data=ReplyRejected(draft_id=draft_id, actor=AGENT, reason="wrong", occurred_at=START),
    )
    approved = Event(
        id=uuid4(),
        subject=uuid4(),
        time=START,
        data=ReplyApproved(
            message_id=uuid4(),
            subject="Re",
            body="Better words",
            customer=Customer(id=UUID(int=7)),
            channel="rest",
            actor=AGENT,
            occurred_at=START,
            draft_id=draft_id,
            edited=True,
        ),
    )
    by_hand = approved._replace(
        id=uuid4(), data=approved.data.model_copy(update={"draft_id": None})
    )
    await desk.handle(rejected, approved, by_hand)
    await desk.handle(approved, rejected)
    verdicts = {row["verdict"]: row["comment"] for row in await desk.rows("draft_feedback")}
    assert verdicts == {"rejected": None, "edited": "Better words"}
