"""Breaches in the log, beside those that a fold of the whole log finds."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from simulation.clocks import SETTINGS
from simulation.services import GUIDANCE, READS
from simulation.violation import equal

from deskstream_contracts import Event
from deskstream_contracts.events.understanding import TicketTriaged
from deskstream_escalation.domain.case import Case
from deskstream_escalation.domain.decide import TicketState, pass_time, take

if TYPE_CHECKING:
    from simulation.world import World

_A_MOMENT = timedelta(microseconds=1)


def check_breaches(world: "World") -> None:
    """No look at the clocks finds a breach that the whole log does not tell of.

    And none that is due at rest is overlooked: time stands only as long as something is unread.
    What a late answer itself brings about is not judged here: docs/decisions/0027 says why.
    """
    facts = world.log.events(*(data.event_type for data in READS["escalation"]))
    fact_ids = {event.id for event in facts}
    by_time = [
        event for event in world.log.events("sla.breached") if event.causation_id not in fact_ids
    ]
    until = world.now - timedelta(seconds=SETTINGS.clocks_differ_max_s)
    true = _breached(facts, until) if by_time else set()
    false = [_name(event.data) for event in by_time if event.data.clock_id not in true]
    equal("escalation: breaches that the whole log does not tell of", false, [])
    states = world.parts["escalation"].database.tables.own.values()
    overlooked = [
        _name(clock)
        for state in states
        for clock in state.clocks.values()
        if clock.next_due_at is not None and clock.next_due_at <= until
    ]
    equal("escalation: clocks that are due and were not looked at", overlooked, [])


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
