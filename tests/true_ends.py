"""Which clocks truly ran out: a fold of all that happened, in order and each at its time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deskstream_contracts import Event
from deskstream_contracts.events.understanding import TicketTriaged
from deskstream_escalation.domain.case import Case
from deskstream_escalation.domain.decide import Guidance, TicketState, pass_time, take

_A_MOMENT = timedelta(microseconds=1)


def breached(facts: Iterable[Event[Any]], guidance: Guidance, until: datetime) -> set[UUID]:
    """Ids of the clocks that ran out, by facts of tickets (`ticket.…`) in whatever order."""
    tickets: dict[UUID, dict[UUID, Event[Any]]] = defaultdict(dict)
    for event in facts:
        tickets[event.subject][event.id] = event
    found: set[UUID] = set()
    for ticket_id, events in tickets.items():
        state = TicketState(Case(ticket_id), {})
        for event in sorted(events.values(), key=_happened_at):
            at, _ = _happened_at(event)
            state, _ = pass_time(state, guidance, at - _A_MOMENT)
            state, _ = take(state, event, guidance, at)
        state, _ = pass_time(state, guidance, until)
        found |= {key for key, clock in state.clocks.items() if clock.breached}
    return found


def _happened_at(event: Event[Any]) -> tuple[datetime, int]:
    """When, and at which version of the ticket."""
    if isinstance(event.data, TicketTriaged):
        return event.data.occurred_at, 0
    return event.data.ticket.updated_at, event.data.ticket.version
