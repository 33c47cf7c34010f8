"""The registers of a ticket that other services fill: analysis, escalation, clocks, delivery."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.escalation import Deescalated, Escalated
from deskstream_contracts.events.reply import ReplyDelivered, ReplyUndeliverable
from deskstream_contracts.events.sentiment import SentimentLabel, SentimentScored
from deskstream_contracts.events.sla import (
    RunningClock,
    SlaBreached,
    SlaClockKind,
    SlaEvent,
    SlaMet,
    SlaStarted,
    SlaWarned,
)
from deskstream_contracts.events.ticket import Priority, TicketTriaged
from deskstream_projection.domain.columns import Codes, Int32, joined
from deskstream_projection.domain.lww import Rows, moment, rank

DeliveryEvent = ReplyDelivered | ReplyUndeliverable | DeliveryUpdated
ClockState = Literal["running", "warned", "breached", "met", "met_late"]

_STATE_ORDER: dict[ClockState, int] = {
    "running": 0, "warned": 1, "breached": 2, "met": 3, "met_late": 3,
}  # fmt: skip
"""Which of two states of one instant is the later."""


class Sentiment(NamedTuple):
    """How the newest message sounds. Ordered by its time."""

    sentiment_label: SentimentLabel
    sentiment_score: float
    sentiment_at: datetime


class WorstSentiment(NamedTuple):
    """The lowest score any message had. Ordered by how low."""

    worst_sentiment_label: SentimentLabel
    worst_sentiment_score: float


class Triage(NamedTuple):
    """What the newest message wants. Ordered by its time."""

    intent: str
    intent_confidence: float
    triaged_priority: Priority
    priority_confidence: float
    triaged_at: datetime


class Escalation(NamedTuple):
    """The level, 0 after `deescalated`, and the rules that raised it. Ordered by time."""

    escalation_level: Int32
    escalation_reasons: Codes
    escalated_at: datetime


class FirstResponseClock(NamedTuple):
    """The newest clock of its kind, as are the next two. Ordered by time, then state."""

    sla_first_response_due_at: datetime
    sla_first_response_state: ClockState


class NextResponseClock(NamedTuple):
    sla_next_response_due_at: datetime
    sla_next_response_state: ClockState


class ResolutionClock(NamedTuple):
    sla_resolution_due_at: datetime
    sla_resolution_state: ClockState


class Delivery(NamedTuple):
    """The newest report on the delivery of any reply. Ordered by its time."""

    delivery_message_id: UUID
    delivery_status: str
    delivery_at: datetime


SlaClock = FirstResponseClock | NextResponseClock | ResolutionClock
CLOCKS: dict[SlaClockKind, type[SlaClock]] = {
    "first_response": FirstResponseClock,
    "next_response": NextResponseClock,
    "resolution": ResolutionClock,
}


def sentiment(tickets: Rows[Sentiment | WorstSentiment], event: Event[SentimentScored]) -> None:
    data = event.data
    newest = Sentiment(data.label, data.score, data.occurred_at)
    tickets.put(event.subject, rank(moment(data.occurred_at), event), newest)
    lowness = round((1.0 - data.score) * 1_000_000)
    tickets.put(event.subject, rank(lowness, event), WorstSentiment(data.label, data.score))


def triage(tickets: Rows[Triage], event: Event[TicketTriaged]) -> None:
    data = event.data
    values = Triage(
        intent=data.intent,
        intent_confidence=data.intent_confidence,
        triaged_priority=data.priority,
        priority_confidence=data.priority_confidence,
        triaged_at=data.occurred_at,
    )
    tickets.put(event.subject, rank(moment(data.occurred_at), event), values)


def escalation(tickets: Rows[Escalation], event: Event[Escalated]) -> None:
    data = event.data
    reasons = joined(hit.rule for hit in data.hits)
    values = Escalation(Int32(data.level), reasons, data.occurred_at)
    tickets.put(event.subject, rank(moment(data.occurred_at), event), values)


def deescalation(tickets: Rows[Escalation], event: Event[Deescalated]) -> None:
    data = event.data
    values = Escalation(Int32(0), joined([data.reason]), data.occurred_at)
    tickets.put(event.subject, rank(moment(data.occurred_at), event), values)


def clocks(tickets: Rows[SlaClock], event: Event[SlaStarted]) -> None:
    """The clocks that run, as they stood then."""
    for clock in event.data.clocks:
        _put_clock(tickets, event, clock, "warned" if clock.warned else "running")


def clock(tickets: Rows[SlaClock], event: Event[SlaWarned | SlaBreached | SlaMet]) -> None:
    """A clock is close to its end, ran out, or what it waited for came."""
    match event.data:
        case SlaWarned():
            _put_clock(tickets, event, event.data, "warned")
        case SlaBreached():
            _put_clock(tickets, event, event.data, "breached")
        case SlaMet():
            _put_clock(tickets, event, event.data, "met" if event.data.in_time else "met_late")


def _put_clock(
    tickets: Rows[SlaClock],
    event: Event[EventData],
    clock: RunningClock | SlaEvent,
    state: ClockState,
) -> None:
    order = moment(event.time) * 4 + _STATE_ORDER[state]
    tickets.put(event.subject, rank(order, event), CLOCKS[clock.clock](clock.due_at, state))


def delivery(tickets: Rows[Delivery], event: Event[DeliveryEvent]) -> None:
    values = reported_delivery(event.data)
    if values is not None:
        tickets.put(event.subject, rank(moment(values.delivery_at), event), values)


def reported_delivery(data: DeliveryEvent) -> Delivery | None:
    """What an event says of a reply; None for a provider's report that names no message of ours."""
    match data:
        case ReplyDelivered():
            return Delivery(data.message_id, "delivered", data.delivered_at)
        case ReplyUndeliverable():
            return Delivery(data.message_id, "undeliverable", data.occurred_at)
        case DeliveryUpdated():
            if data.message_id is None:
                return None
            return Delivery(data.message_id, data.status, data.occurred_at)
