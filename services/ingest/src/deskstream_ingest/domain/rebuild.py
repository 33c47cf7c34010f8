"""An aggregate rebuilt from the log: its own events, and those of other services about it."""

from typing import TypeAlias, get_args

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from deskstream_ingest.domain.aggregate import TicketAggregate, evolve

Own: TypeAlias = (
    TicketCreated
    | TicketUpdated
    | TicketMessageAdded
    | TicketResolved
    | TicketReopened
    | EscalationRequested
    | ReplyApproved
    | ReplyRejected
)
OWN: tuple[type[Own], ...] = get_args(Own)


def rebuild(aggregate: TicketAggregate, event: Event[EventData]) -> TicketAggregate:
    """The aggregate after an event. A version that it has already changes nothing."""
    known = aggregate.ticket.snapshot.version if aggregate.ticket else 0
    if event.sequence is not None and event.sequence <= known:
        return aggregate
    return evolve(aggregate, event.data)
