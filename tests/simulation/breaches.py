"""Breaches in the log, beside those that a fold of the whole log finds."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulation.clocks import SETTINGS
from simulation.services import GUIDANCE, READS
from simulation.violation import equal
from true_breaches import breached

if TYPE_CHECKING:
    from simulation.world import World


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
    true = breached(facts, GUIDANCE, until) if by_time else set()
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
