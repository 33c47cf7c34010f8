"""Webhook subscriptions, and the events they may be for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.sla import SlaBreached, SlaMet, SlaStarted, SlaWarned
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from deskstream_contracts.model import HistoricalData
from deskstream_notify.domain.send_result import WebhookReason

SubscribableEvent: TypeAlias = (
    TicketCreated
    | TicketUpdated
    | TicketMessageAdded
    | TicketResolved
    | TicketReopened
    | Escalated
    | SlaStarted
    | SlaWarned
    | SlaBreached
    | SlaMet
)
SUBSCRIBABLE_EVENTS: tuple[type[SubscribableEvent], ...] = get_args(SubscribableEvent)

SubscribableType = Literal[
    "ticket.created",
    "ticket.updated",
    "ticket.message_added",
    "ticket.resolved",
    "ticket.reopened",
    "escalated",
    "sla.started",
    "sla.warned",
    "sla.breached",
    "sla.met",
]


def is_imported(event: Event[EventData]) -> bool:
    """Whether the event belongs to an imported history, of which nobody is notified.

    Nor of its erasure: a subscriber that never got it has nothing to erase.
    """
    return isinstance(event.data, HistoricalData) and event.data.imported


@dataclass(frozen=True, slots=True)
class ReceiverHealth:
    """How a receiver has been answering: its last success, and the failures since."""

    last_success_at: datetime | None = None
    consecutive_failures: int = 0
    last_failure_at: datetime | None = None
    last_failure_reason: WebhookReason | None = None
    last_failure_status: int | None = None


UNTRIED = ReceiverHealth()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A system that is called at `url` with events of these types, unless it is disabled."""

    id: UUID
    url: str
    event_types: frozenset[str]
    created_at: datetime
    description: str | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    health: ReceiverHealth = UNTRIED

    def wants(self, event: Event[EventData]) -> bool:
        """Whether the event is of a subscribed type, and no older than the subscription."""
        return event.type in self.event_types and event.time >= self.created_at
