"""A failing schedule made shorter: steps are dropped as long as what is left still fails."""

from collections.abc import Callable

from simulation.schedule import Schedule


def shrunk(schedule: Schedule, fails: Callable[[Schedule], bool]) -> Schedule:
    """A part of the schedule, in its order, that fails too and of which no step can be left out.

    Halves are tried first, then ever smaller pieces; single steps until none can be dropped.
    """
    size = len(schedule) // 2
    while size:
        shorter = _without_pieces(schedule, size, fails)
        if size > 1 or shorter == schedule:
            size //= 2
        schedule = shorter
    return schedule


def _without_pieces(schedule: Schedule, size: int, fails: Callable[[Schedule], bool]) -> Schedule:
    start = 0
    while start < len(schedule):
        shorter = schedule[:start] + schedule[start + size :]
        if fails(shorter):
            schedule = shorter
        else:
            start += size
    return schedule
