"""Breaches in the log, beside those that a fold of the whole log finds."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from simulation.clocks import SETTINGS
from simulation.services import GUIDANCE, READS, due_times
from simulation.violation import equal

from deskstream_contracts import Event
from deskstream_contracts.events.understanding import TicketTriaged
from deskstream_escalation.domain.case import Case
from deskstream_escalation.domain.decide import TicketState, pass_time, take

if TYPE_CHECKING:
    from simulation.world import World

_A_MOMENT = timedelta(microseconds=1)


def check_breaches(world: "World") -> None:
    """No breach is told that the whole log does not tell of, by a look at the clocks or by a fact.

    And none that is due at rest is overlooked: time stands only as long as something is unread.
    """
    told = world.log.events("sla.breached")
    until = world.now - timedelta(seconds=SETTINGS.clocks_differ_max_s)
    facts = world.log.events(*(data.event_type for data in READS["escalation"]))
    true = _breached(facts, until) if told else set()
    false = [_name(event.data) for event in told if event.data.clock_id not in true]
    equal("escalation: breaches that the whole log does not tell of", false, [])
    states = world.parts["escalation"].database.tables.own.values()
    overlooked = [str(at) for state in states for at in due_times(state) if at <= until]
    equal("escalation: tickets that are due and were not looked at", overlooked, [])


def _name(clock: Any) -> str:
    return f"{clock.started_at} to {clock.due_at}"


def _breached(facts: Iterable[Event[Any]], until: datetime) -> set[UUID]:
    """Ids of clocks that ran out, when each ticket's events come in order and at their time."""
    tickets: dict[UUID, dict[UUID, Event[Any]]] = defaultdict(dict)
    for event in facts:
        tickets[event.subject][event.id] = event
    breached: set[UUID] = set()
    for ticket_id, events in tickets.items():
        state = TicketState(Case(ticket_id), {})
        for event in sorted(events.values(), key=_happened_at):
            at, _ = _happened_at(event)
            state, _ = pass_time(state, GUIDANCE, at - _A_MOMENT)
            state, _ = take(state, event, GUIDANCE, at)
        state, _ = pass_time(state, GUIDANCE, until)
        breached |= {key for key, clock in state.clocks.items() if clock.breached}
    return breached


def _happened_at(event: Event[Any]) -> tuple[datetime, int]:
    """When, and at which version of the ticket."""
    if isinstance(event.data, TicketTriaged):
        return event.data.occurred_at, 0
    return event.data.ticket.updated_at, event.data.ticket.version
