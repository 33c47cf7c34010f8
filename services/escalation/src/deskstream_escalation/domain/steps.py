"""What each `ticket.*` event means to a ticket's clocks, without what the customer wrote."""

from dataclasses import replace
from typing import assert_never

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from deskstream_contracts.priority import DEFAULT_PRIORITY
from deskstream_escalation.domain.conversation import InboundMessage
from deskstream_escalation.domain.course import Step

TicketEvent = TicketCreated | TicketUpdated | TicketMessageAdded | TicketResolved | TicketReopened
"""The events that carry a version of the ticket."""

_SAY_IN_PRIORITY = frozenset({"priority", "escalation_level"})
"""An escalation that left the priority alone has confirmed it: triage lowers it no more."""


def step_of(event: Event[EventData]) -> Step | None:
    """The step of a ticket's event; None for any other event."""
    data = event.data
    if not isinstance(data, TicketEvent):
        return None
    ticket = data.ticket
    step = Step(
        version=ticket.version,
        event_id=event.id,
        at=ticket.updated_at,
        accepted_at=event.time,
        created_at=ticket.created_at,
        priority=ticket.priority,
        history=ticket.history,
        first_response_at=ticket.first_response_at,
    )
    match data:
        case TicketCreated():
            is_chosen = ticket.priority != DEFAULT_PRIORITY
            return replace(step, gives_priority=is_chosen, inbound=inbound_message(event, data))
        case TicketMessageAdded(kind="inbound"):
            return replace(step, inbound=inbound_message(event, data))
        case TicketMessageAdded(kind="outbound"):
            responded_at = min(ticket.first_response_at or step.at, step.at)
            return replace(step, answered_at=step.at, first_response_at=responded_at)
        case TicketMessageAdded() | TicketReopened():
            return step
        case TicketUpdated():
            changed = {change.field for change in data.changes}
            step = replace(step, gives_priority=not _SAY_IN_PRIORITY.isdisjoint(changed))
            return _resolved(step, data) if ticket.status == "closed" else step
        case TicketResolved():
            return _resolved(step, data)
    assert_never(data)


def inbound_message(
    event: Event[EventData], data: TicketCreated | TicketMessageAdded
) -> InboundMessage:
    return InboundMessage(
        version=data.ticket.version,
        message_id=data.message_id,
        event_id=event.id,
        occurred_at=data.occurred_at,
        accepted_at=data.ticket.updated_at,
    )


def _resolved(step: Step, data: TicketResolved | TicketUpdated) -> Step:
    """No clock waits for the resolution of a ticket asleep: it will start when the ticket wakes."""
    at = data.ticket.resolved_at or step.at
    return replace(step, answered_at=at, resolved_at=None if data.ticket.is_asleep else at)
