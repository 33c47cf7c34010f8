"""Breaches in the log, beside those that a fold of the whole log finds."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulation.clocks import SETTINGS
from simulation.services import GUIDANCE, READS, due_times
from simulation.violation import equal
from true_breaches import breached

if TYPE_CHECKING:
    from simulation.world import World


def check_breaches(world: "World") -> None:
    """No breach is told that the whole log does not tell of, by a look at the clocks or by a fact.

    And none that is due at rest is overlooked: time stands only as long as something is unread.
    """
    told = world.log.events("sla.breached")
    until = world.now - timedelta(seconds=SETTINGS.clocks_differ_max_s)
    facts = world.log.events(*(data.event_type for data in READS["escalation"]))
    true = breached(facts, GUIDANCE, until) if told else set()
    false = [_name(event.data) for event in told if event.data.clock_id not in true]
    equal("escalation: breaches that the whole log does not tell of", false, [])
    states = world.parts["escalation"].database.tables.own.values()
    overlooked = [str(at) for state in states for at in due_times(state) if at <= until]
    equal("escalation: tickets that are due and were not looked at", overlooked, [])


def _name(clock: Any) -> str:
    return f"{clock.started_at} to {clock.due_at}"
