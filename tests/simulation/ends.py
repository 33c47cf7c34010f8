"""Ends of clocks in the log, beside those that a fold of the whole log finds."""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulation.clocks import SETTINGS
from simulation.services import POLICIES, TICKET_TOPICS, due_times
from simulation.violation import equal
from true_ends import Ends, ends_in, true_ends

if TYPE_CHECKING:
    from simulation.world import World


def check_ends(world: "World") -> None:
    """Whatever was read when: each breach and each clock met is announced as the whole log demands.

    And what is due at rest was looked at: time stands only as long as something is unread.
    """
    until = world.now - timedelta(seconds=SETTINGS.clocks_differ_max_s)
    announced = ends_in(world.log.events("sla.breached", "sla.met"))
    true = true_ends(world.log.events(*TICKET_TOPICS), POLICIES, until)
    false = _shown({key: end for key, end in announced.items() if true.get(key) != end})
    equal("escalation: ends of clocks that the whole log does not bear out", false, [])
    kept_back = _shown({key: end for key, end in true.items() if key not in announced})
    equal("escalation: ends of clocks that were not announced", kept_back, [])
    states = world.parts["escalation"].database.tables.own.values()
    overlooked = [str(at) for state in states for at in due_times(state) if at <= until]
    equal("escalation: tickets that are due and were not looked at", overlooked, [])


def _shown(ends: Ends) -> list[str]:
    return [repr(end) for end in ends.values()]
