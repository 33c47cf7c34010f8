"""A case made again from the log: its own events, and the facts of other services it was told."""

from typing import TypeAlias

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
from deskstream_ingest.domain.case import Case, evolve

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
OWN: tuple[type[Own], ...] = (
    TicketCreated,
    TicketUpdated,
    TicketMessageAdded,
    TicketResolved,
    TicketReopened,
    EscalationRequested,
    ReplyApproved,
    ReplyRejected,
)


def remember(case: Case, event: Event[EventData]) -> Case:
    """The case after an event, which decides nothing. A version it has already changes nothing."""
    known = case.ticket.head.version if case.ticket else 0
    if event.sequence is not None and event.sequence <= known:
        return case
    return evolve(case, event.data)
