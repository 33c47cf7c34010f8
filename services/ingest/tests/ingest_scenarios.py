"""A small cast and short words for scenarios of a ticket's life."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from deskstream_contracts import EventData
from deskstream_contracts.events.escalation import Escalated, RuleHit
from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.notification import NotificationFailed
from deskstream_contracts.events.reply import ReplyAutoApproved, ReplyDrafted
from deskstream_contracts.events.ticket import (
    Actor,
    Customer,
    ExternalReference,
    TicketCreated,
    TicketSnapshot,
    TicketTriaged,
    TicketUpdated,
)
from deskstream_ingest.domain.aggregate import TicketAggregate, evolve, fold
from deskstream_ingest.domain.commands import ApplyEvent, Command, CreateTicket, ExternalEvent
from deskstream_ingest.domain.decide import decide
from deskstream_runtime.testing.scenario import Decider

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def some_id(name: str) -> UUID:
    """Always the same id for a name."""
    return uuid5(UUID(int=0), name)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


TICKET_ID = some_id("ticket")
ANNA = Customer(id=some_id("anna"), name="Anna", email="anna@example.com")
AGENT = Actor(kind="integration", id="console")
FROM_ANNA = Actor(kind="customer", id=str(ANNA.id))
SHOP = ExternalReference(source="shop", id="77", url="https://shop.example/77")
MODEL = ModelRun(provider="local", name="rules", version="1")
FIRST_MESSAGE = some_id("first message")
REPLY = some_id("reply")

DECIDER: Decider[TicketAggregate, Command, EventData] = Decider(
    decide, evolve, TicketAggregate(TICKET_ID)
)


def create(**fields: Any) -> CreateTicket:
    values: dict[str, Any] = {
        "message_id": FIRST_MESSAGE,
        "subject": "Where is my order?",
        "body": "It should have come on Monday.",
        "channel": "rest",
        "customer": ANNA,
        "occurred_at": START,
        "at": START,
    }
    return CreateTicket(**values | fields)


def created(**fields: Any) -> TicketCreated:
    event = decide(TicketAggregate(TICKET_ID), create(**fields))[0]
    assert isinstance(event, TicketCreated)
    return event


CREATED = created()


def happened(*steps: EventData | Command) -> list[EventData]:
    """A history: events as they are, commands as what was decided then."""
    history: list[EventData] = []
    for step in steps:
        if isinstance(step, EventData):
            history.append(step)
        else:
            aggregate = fold(TicketAggregate(TICKET_ID), history)
            if isinstance(step, ApplyEvent):
                history.append(step.event)
            history += decide(aggregate, step)
    return history


def case_after(*steps: EventData | Command) -> TicketAggregate:
    return fold(TicketAggregate(TICKET_ID), happened(*steps))


def head_after(*steps: EventData | Command) -> TicketSnapshot:
    ticket = case_after(*steps).ticket
    assert ticket is not None
    return ticket.snapshot


def closed() -> TicketUpdated:
    """No command closes a ticket yet, but its history may say so."""
    return TicketUpdated.model_validate(
        {
            "ticket": CREATED.ticket.model_copy(update={"version": 2, "status": "closed"}),
            "actor": AGENT,
            "changes": ({"field": "status", "old": "resolved", "new": "closed"},),
            "reason": "edited",
            "occurred_at": after(9),
        }
    )


def triaged(at_s: float = 1, message: UUID = FIRST_MESSAGE, **fields: Any) -> TicketTriaged:
    values: dict[str, Any] = {
        "message_id": message,
        "intent": "delivery",
        "intent_confidence": 0.8,
        "priority": "high",
        "priority_confidence": 0.7,
        "model": MODEL,
        "occurred_at": after(at_s),
        "queue": "logistics",
        "tags": ("delivery",),
    }
    return TicketTriaged(**values | fields)


def escalated(at_s: float = 2, level: int = 1, **fields: Any) -> Escalated:
    values: dict[str, Any] = {
        "escalation_id": some_id(f"escalation {level} {at_s}"),
        "level": level,
        "hits": (RuleHit(rule="angry", explanation="Very negative."),),
        "rules_version": "1",
        "occurred_at": after(at_s),
    }
    return Escalated(**values | fields)


def drafted(name: str = "draft", message: UUID = FIRST_MESSAGE, **fields: Any) -> ReplyDrafted:
    values: dict[str, Any] = {
        "draft_id": some_id(name),
        "message_id": message,
        "body": "It will come on Friday.",
        "confidence": 0.9,
        "model": MODEL,
        "occurred_at": after(2),
        "language": "en",
    }
    return ReplyDrafted(**values | fields)


def auto_approved(name: str = "draft") -> ReplyAutoApproved:
    return ReplyAutoApproved(
        draft_id=some_id(name),
        rule="sure_enough",
        rules_version="1",
        confidence=0.9,
        occurred_at=after(3),
    )


def failed(at_s: float = 20, **fields: Any) -> NotificationFailed:
    values: dict[str, Any] = {
        "notification_id": some_id(f"notification {at_s}"),
        "channel": "email",
        "purpose": "reply",
        "recipient_kind": "customer",
        "recipient": "anna@example.com",
        "provider": "smtp",
        "attempts": 5,
        "failed_at": after(at_s),
        "cause_id": some_id("cause"),
        "reason": "mailbox_unknown",
    }
    return NotificationFailed(**values | fields)


def take(fact: ExternalEvent, at_s: float = 5) -> ApplyEvent:
    return ApplyEvent(fact, message_id=REPLY, at=after(at_s))
