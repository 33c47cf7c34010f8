"""Writes the history of a ticket, as the services would, each event after the other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from deskstream_contracts import Event, EventData, revised
from deskstream_contracts.events.escalation import Escalated, RuleHit
from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.reply import (
    ReplyApproved,
    ReplyDrafted,
    ReplyRejected,
)
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.sla import RunningClock, SlaBreached, SlaMet, SlaStarted
from deskstream_contracts.events.ticket import (
    Actor,
    Customer,
    ExternalReference,
    FieldChange,
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketSnapshot,
    TicketTriaged,
    TicketUpdated,
)
from deskstream_contracts.events.ticket import TicketHistory as HistoryOfTicket
from deskstream_contracts.personal import without_personal_data

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SPACE = UUID("6f0d2e38-94a1-4f6e-8f36-6f4f5f1f0a11")
MODEL = ModelRun(provider="local", name="test", version="1")
AGENT = Actor(kind="agent", id="agent-7")


def as_imported(events: Iterable[Event[Any]], at: datetime) -> list[Event[Any]]:
    """The same events as an imported past, recorded at this time."""
    past = list(events)
    last = max(event.data.ticket.version for event in past if hasattr(event.data, "ticket"))
    history = HistoryOfTicket(imported_at=at, version=last)
    return [
        event._replace(time=at, data=event.data.model_copy(update=_as_past(event.data, history)))
        for event in past
    ]


def _as_past(data: EventData, history: HistoryOfTicket) -> dict[str, Any]:
    snapshot: TicketSnapshot | None = getattr(data, "ticket", None)
    update: dict[str, Any] = {"imported": True}
    if snapshot is not None:
        update["ticket"] = snapshot.model_copy(update={"history": history})
    return update


@dataclass
class TicketHistory:
    """Writes the events of one ticket, each after the other, in time and version."""

    number: int
    channel: str = "email"
    queue: str | None = None
    tags: tuple[str, ...] = ()
    created_at: datetime = START
    subject: str = "Card not arrived"
    body: str = "Where is my new card? It should be here since Monday."
    email: str | None = None
    events: list[Event[Any]] = field(default_factory=list)
    version: int = 0
    status: str = "open"
    priority: str = "normal"
    first_response_at: datetime | None = None

    def __post_init__(self) -> None:
        self.ticket_id = uuid5(SPACE, f"ticket {self.number}")
        self.customer = Customer(
            id=uuid5(SPACE, f"customer {self.number}"),
            name="Maya Lindqvist",
            email=self.email or f"maya{self.number}@example.com",
        )
        self.message_id = self.id("message")
        self.draft_id = self.id("draft")
        self._in_ticket(
            lambda snapshot, now: TicketCreated(
                ticket=snapshot,
                message_id=self.message_id,
                subject=self.subject,
                body=self.body,
                customer=self.customer,
                actor=Actor(kind="customer"),
                occurred_at=now,
                language="en",
                external=ExternalReference(source="zendesk", id=str(self.number)),
            )
        )

    @property
    def now(self) -> datetime:
        return self.created_at + timedelta(seconds=len(self.events))

    def id(self, purpose: str) -> UUID:
        return uuid5(SPACE, f"{self.number} {purpose} {len(self.events)}")

    def add(self, data: EventData, subject: UUID | None = None) -> Event[Any]:
        sequence = self.version if isinstance(data, _IN_TICKET) else None
        event: Event[Any] = Event(
            self.id("event"), subject or self.ticket_id, self.now, data, sequence
        )
        self.events.append(event)
        return event

    def _in_ticket(self, make: Any) -> Event[Any]:
        self.version += 1
        snapshot = TicketSnapshot(
            version=self.version,
            status=self.status,  # type: ignore[arg-type]
            priority=self.priority,  # type: ignore[arg-type]
            channel=self.channel,
            customer_id=self.customer.id,
            created_at=self.created_at,
            updated_at=self.now,
            queue=self.queue,
            tags=self.tags,
            first_response_at=self.first_response_at,
            resolved_at=self.now if self.status == "resolved" else None,
        )
        return self.add(make(snapshot, self.now))

    def update(self, **fields: str) -> Event[Any]:
        changes = tuple(FieldChange(field=name, new=value) for name, value in fields.items())
        for name, value in fields.items():
            setattr(self, name, value)
        return self._in_ticket(
            lambda snapshot, now: TicketUpdated(
                ticket=snapshot,
                actor=AGENT,
                changes=changes,
                reason="agent",
                occurred_at=now,
                subject=fields.get("subject"),
            )
        )

    def message(self, kind: str, body: str = "Thank you for writing.") -> Event[Any]:
        if kind == "outbound" and self.first_response_at is None:
            self.first_response_at = self.now
        self.message_id = self.id("message")
        return self._in_ticket(
            lambda snapshot, now: TicketMessageAdded(
                ticket=snapshot,
                message_id=self.message_id,
                kind=kind,  # type: ignore[arg-type]
                actor=AGENT,
                body=body,
                channel=self.channel,
                occurred_at=now,
            )
        )

    def resolve(self) -> Event[Any]:
        self.status = "resolved"
        return self._in_ticket(
            lambda snapshot, now: TicketResolved(
                ticket=snapshot,
                actor=AGENT,
                occurred_at=now,
                elapsed_s=(now - self.created_at).total_seconds(),
            )
        )

    def reopen(self) -> Event[Any]:
        self.status = "open"
        return self._in_ticket(
            lambda snapshot, now: TicketReopened(
                ticket=snapshot, actor=AGENT, occurred_at=now, reason="customer_wrote"
            )
        )

    def score(self, label: str = "negative", score: float = -0.5) -> Event[Any]:
        return self.add(
            SentimentScored(
                message_id=self.message_id,
                label=label,  # type: ignore[arg-type]
                score=score,
                confidence=0.9,
                model=MODEL,
                occurred_at=self.now,
            )
        )

    def triage(self, intent: str = "card_arrival") -> Event[Any]:
        return self.add(
            TicketTriaged(
                message_id=self.message_id,
                intent=intent,
                intent_confidence=0.8,
                priority="high",
                priority_confidence=0.7,
                model=MODEL,
                occurred_at=self.now,
            )
        )

    def draft(self) -> Event[Any]:
        self.draft_id = self.id("draft")
        return self.add(
            ReplyDrafted(
                draft_id=self.draft_id,
                message_id=self.message_id,
                body="Your card is on its way.",
                confidence=0.75,
                model=MODEL,
                occurred_at=self.now,
            )
        )

    def approve(self) -> Event[Any]:
        return self.add(
            ReplyApproved(
                message_id=self.message_id,
                subject=self.subject,
                body="Your card is on its way.",
                customer=self.customer,
                channel=self.channel,
                actor=AGENT,
                occurred_at=self.now,
                draft_id=self.draft_id,
            )
        )

    def reject(self) -> Event[Any]:
        return self.add(
            ReplyRejected(draft_id=self.draft_id, actor=AGENT, reason="wrong", occurred_at=self.now)
        )

    def escalate(self, level: int = 1) -> Event[Any]:
        return self.add(
            Escalated(
                escalation_id=self.id("escalation"),
                level=level,
                hits=(RuleHit(rule="very_negative", explanation="sentiment below -0.6"),),
                rules_version="1",
                occurred_at=self.now,
            )
        )

    def clock(self, what: str) -> Event[Any]:
        common: dict[str, Any] = {
            "clock_id": uuid5(SPACE, f"clock {self.number}"),
            "clock": "first_response",
            "policy": "normal",
            "policy_version": "1",
            "started_at": self.created_at,
            "due_at": self.created_at + timedelta(hours=1),
            "target_s": 3600.0,
        }
        if what == "start":
            return self.add(SlaStarted(clocks=(RunningClock(**common),), priority="high"))
        if what == "breach":
            return self.add(SlaBreached(**common, breached_at=self.now))
        return self.add(SlaMet(**common, met_at=self.now, elapsed_s=5.0, in_time=True))

    def erase(self) -> list[Event[Any]]:
        """Every event of the ticket again, without what is personal."""
        erased = [revised(event, without_personal_data(event.data)) for event in self.events]
        self.events += erased
        return erased


_IN_TICKET = (TicketCreated, TicketUpdated, TicketMessageAdded, TicketResolved, TicketReopened)
