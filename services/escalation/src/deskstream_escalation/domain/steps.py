"""What each `ticket.*` event means to a ticket's clocks, without what the customer wrote."""

from dataclasses import replace
from functools import singledispatch

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketSnapshot,
    TicketUpdated,
)
from deskstream_contracts.priority import DEFAULT_PRIORITY
from deskstream_escalation.domain.conversation import InboundMessage
from deskstream_escalation.domain.course import Step

_SAY_IN_PRIORITY = frozenset({"priority", "escalation_level"})
"""An escalation that left the priority alone has confirmed it: triage lowers it no more."""


@singledispatch
def step_of(_data: EventData, _event: Event[EventData]) -> Step | None:
    """The step of a ticket's event; None for any other event."""
    return None


@step_of.register
def _(data: TicketCreated, event: Event[EventData]) -> Step:
    return replace(
        _at_version(event, data.ticket),
        gives_priority=data.ticket.priority != DEFAULT_PRIORITY,
        inbound=inbound_message(event, data),
    )


@step_of.register
def _(data: TicketMessageAdded, event: Event[EventData]) -> Step:
    step = _at_version(event, data.ticket)
    match data.kind:
        case "inbound":
            return replace(step, inbound=inbound_message(event, data))
        case "outbound":
            responded_at = data.ticket.first_response_at or step.at
            return replace(step, answered_at=step.at, first_response_at=min(responded_at, step.at))
        case "note":
            return step


@step_of.register
def _(data: TicketUpdated, event: Event[EventData]) -> Step:
    changed = {change.field for change in data.changes}
    step = _at_version(event, data.ticket)
    step = replace(step, gives_priority=not _SAY_IN_PRIORITY.isdisjoint(changed))
    return _resolved(step, data.ticket) if data.ticket.status == "closed" else step


@step_of.register
def _(data: TicketResolved, event: Event[EventData]) -> Step:
    return _resolved(_at_version(event, data.ticket), data.ticket)


@step_of.register
def _(data: TicketReopened, event: Event[EventData]) -> Step:
    return _at_version(event, data.ticket)


def inbound_message(
    event: Event[EventData], data: TicketCreated | TicketMessageAdded
) -> InboundMessage:
    """The customer's message in this event."""
    return InboundMessage(
        version=data.ticket.version,
        message_id=data.message_id,
        event_id=event.id,
        occurred_at=data.occurred_at,
        accepted_at=data.ticket.updated_at,
    )


def _at_version(event: Event[EventData], ticket: TicketSnapshot) -> Step:
    return Step(
        version=ticket.version,
        event_id=event.id,
        at=ticket.updated_at,
        accepted_at=event.time,
        created_at=ticket.created_at,
        priority=ticket.priority,
        history=ticket.history,
        first_response_at=ticket.first_response_at,
    )


def _resolved(step: Step, ticket: TicketSnapshot) -> Step:
    """No clock waits for the resolution of a ticket asleep: it will start when the ticket wakes."""
    at = ticket.resolved_at or step.at
    return replace(step, answered_at=at, resolved_at=None if ticket.is_asleep else at)
