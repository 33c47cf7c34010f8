"""Stories of one ticket as ingest and ai would publish them, with versions and times that fit."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.reply import ReplyDrafted
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.ticket import (
    Actor,
    Customer,
    FieldChange,
    TicketCreated,
    TicketHistory,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketSnapshot,
    TicketTriaged,
    TicketUpdated,
)
from deskstream_escalation.domain.decide import advance_clocks, decide
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState

BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MODEL = ModelRun(provider="local", name="rules", version="1")
_ASCENDING = ("low", "normal", "high", "urgent")
_NAMESPACE = UUID("5a1f4b1e-0000-4000-8000-000000000000")


@dataclass
class Story:
    """Each call is one thing that happens, a minute after the last, and returns its event."""

    name: str = "ticket"
    now: datetime = BEGIN
    version: int = 0
    status: str = "open"
    priority: str = "normal"
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    reopen_count: int = 0
    escalation_level: int = 0
    history: TicketHistory | None = None
    is_past: bool = False
    proposed: str | None = None
    chosen: bool = False
    events: list[Event[Any]] = field(default_factory=list)

    @property
    def ticket_id(self) -> UUID:
        return uuid5(_NAMESPACE, self.name)

    @property
    def latest_message_id(self) -> UUID:
        return next(
            event.data.message_id
            for event in reversed(self.events)
            if isinstance(event.data, TicketCreated)
            or (isinstance(event.data, TicketMessageAdded) and event.data.kind == "inbound")
        )

    def wait(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def created(self, occurred_at: datetime | None = None) -> Event[Any]:
        return self._ticket_event(
            TicketCreated,
            message_id=self._id("message"),
            subject="Help",
            body="Where is my card?",
            customer=Customer(id=self._id("customer")),
            actor=Actor(kind="customer"),
            occurred_at=occurred_at or self.now,
        )

    def brought_in(self, *kinds: str, resolved: bool = True) -> list[Event[Any]]:
        """A ticket with a past of 400 days ago, of messages of these kinds after the first."""
        number = 1 + len(kinds) + resolved
        imported_at = self.now
        self.history = TicketHistory(imported_at=imported_at, version=number)
        self.is_past = True
        self.now -= timedelta(days=400)
        self.created()
        for kind in kinds:
            self.message(kind)
        if resolved:
            self.resolved()
        self.is_past = False
        self.now = imported_at + timedelta(minutes=1)
        return list(self.events)

    def customer_writes(self) -> list[Event[Any]]:
        """A message as ingest accepts it: an imported ticket wakes, a resolved one is reopened."""
        before = len(self.events)
        if self.history and self.history.resumed_at is None:
            self.history = self.history.model_copy(update={"resumed_at": self.now})
        if self.status == "resolved":
            self.reopened()
        self.message()
        return self.events[before:]

    def message(self, kind: str = "inbound", occurred_at: datetime | None = None) -> Event[Any]:
        if kind == "outbound" and self.first_response_at is None:
            self.first_response_at = self.now
        return self._ticket_event(
            TicketMessageAdded,
            message_id=self._id("message"),
            kind=kind,
            actor=Actor(kind="customer"),
            body="…",
            channel="email",
            occurred_at=occurred_at or self.now,
        )

    def answered(self) -> Event[Any]:
        return self.message("outbound")

    def updated(self, **snapshot: Any) -> Event[Any]:
        """Someone sets these fields of the snapshot; without any, one that is not known here."""
        changed = [name for name, value in snapshot.items() if getattr(self, name) != value]
        for name, value in snapshot.items():
            setattr(self, name, value)
        return self._ticket_event(
            TicketUpdated,
            actor=Actor(kind="agent"),
            changes=tuple(FieldChange(field=name) for name in changed or ["assignee_id"]),
            reason="agent",
            occurred_at=self.now,
        )

    def triaged_and_applied(self, priority: str) -> None:
        """Triage, and what ingest makes of it: the highest proposed, if nobody chose another."""
        self.triaged("refund", priority)
        self.proposed = max(self.proposed or "low", priority, key=_ASCENDING.index)
        if self.proposed != self.priority and not self.chosen:
            self.updated(priority=self.proposed)

    def prioritised(self, priority: str) -> None:
        """An agent chooses a priority."""
        if priority != self.priority:
            self.updated(priority=priority)
            self.chosen = True

    def resolved(self) -> Event[Any]:
        self.status, self.resolved_at, self.proposed = "resolved", self.now, None
        return self._ticket_event(
            TicketResolved, actor=Actor(kind="agent"), occurred_at=self.now, elapsed_s=1.0
        )

    def reopened(self) -> Event[Any]:
        self.status, self.resolved_at = "open", None
        self.reopen_count += 1
        return self._ticket_event(
            TicketReopened, actor=Actor(kind="customer"), occurred_at=self.now, reason="message"
        )

    def scored(
        self, label: str, score: float = -0.9, confidence: float = 0.9, *, imported: bool = False
    ) -> Event[Any]:
        data = SentimentScored(
            message_id=self.latest_message_id,
            label=label,  # type: ignore[arg-type]
            score=score,
            confidence=confidence,
            model=MODEL,
            occurred_at=self.now,
            imported=imported,
        )
        return self._event(data)

    def triaged(
        self,
        intent: str = "product_question",
        priority: str = "normal",
        confidence: float = 0.95,
        *,
        imported: bool = False,
    ) -> Event[Any]:
        data = TicketTriaged(
            message_id=self.latest_message_id,
            intent=intent,
            intent_confidence=confidence,
            priority=priority,  # type: ignore[arg-type]
            priority_confidence=confidence,
            model=MODEL,
            occurred_at=self.now,
            imported=imported,
        )
        return self._event(data)

    def drafted(self, confidence: float = 0.99, **fields: Any) -> Event[Any]:
        data = ReplyDrafted(
            draft_id=self._id("draft"),
            message_id=self.latest_message_id,
            body="Dear customer, …",
            confidence=confidence,
            model=MODEL,
            occurred_at=self.now,
            **fields,
        )
        return self._event(data)

    def escalation_requested(self, level: int | None = None) -> Event[Any]:
        data = EscalationRequested(
            request_id=self._id("request"),
            actor=Actor(kind="agent"),
            occurred_at=self.now,
            reason="agent",
            level=level,
        )
        return self._event(data)

    def rated(self, score: int) -> Event[Any]:
        data = CsatReceived(
            survey_id=self._id("survey"), score=score, channel="email", occurred_at=self.now
        )
        return self._event(data)

    def _ticket_event(self, event_type: type[EventData], **fields: Any) -> Event[Any]:
        self.version += 1
        snapshot = TicketSnapshot(
            version=self.version,
            status=self.status,  # type: ignore[arg-type]
            priority=self.priority,  # type: ignore[arg-type]
            channel="email",
            customer_id=self._id("customer", 0),
            created_at=self.events[0].data.ticket.created_at if self.events else self.now,
            updated_at=self.now,
            reopen_count=self.reopen_count,
            escalation_level=self.escalation_level,
            first_response_at=self.first_response_at,
            resolved_at=self.resolved_at,
            history=self.history,
        )
        if self.is_past:
            fields["imported"] = True
        return self._event(event_type(ticket=snapshot, **fields), self.version)

    def _event(self, data: EventData, sequence: int | None = None) -> Event[Any]:
        event = Event(
            id=self._id("event"),
            subject=self.ticket_id,
            time=self.history.imported_at if self.history and self.is_past else self.now,
            data=data,
            sequence=sequence,
            correlation_id=self.ticket_id,
        )
        self.events.append(event)
        self.wait(minutes=1)
        return event

    def _id(self, what: str, number: int | None = None) -> UUID:
        count = len(self.events) if number is None else number
        return uuid5(self.ticket_id, f"{what}:{count}")


@dataclass
class Decider:
    """Decides on events and advances clocks, and keeps what was announced."""

    policies: Policies
    process: TicketProcess
    announced: list[Event[Any]] = field(default_factory=list)

    @classmethod
    def of(cls, policies: Policies, story: Story) -> "Decider":
        return cls(policies, TicketProcess(TicketState(story.ticket_id), {}))

    def decide(self, *events: Event[Any]) -> list[EventData]:
        """Decides on one after the other; the bodies of the events that were announced."""
        return [body for event in events for body in self._decide(event)]

    def advance_clocks(self, now: datetime) -> list[EventData]:
        self.process, new_events = advance_clocks(self.process, self.policies, now)
        return self._keep(new_events)

    def all_of(self, event_type: type[EventData]) -> list[Any]:
        """All announcements of a type, ever."""
        return [event.data for event in self.announced if isinstance(event.data, event_type)]

    def _decide(self, event: Event[Any]) -> list[EventData]:
        self.process, new_events = decide(self.process, event, self.policies, event.time)
        return self._keep(new_events)

    def _keep(self, new_events: list[Event[Any]]) -> list[EventData]:
        self.announced += new_events
        return [event.data for event in new_events]


def of_type(bodies: list[EventData], *event_types: type[EventData]) -> list[Any]:
    return [body for body in bodies if isinstance(body, event_types)]
