"""A failing schedule is cut down to the steps that matter."""

from simulation.schedule import Kill, Schedule, Step, Wait
from simulation.shrinking import shrunk

NEEDLES: tuple[Step, ...] = (Wait(7), Kill("ingest", 0))


def fails(schedule: Schedule) -> bool:
    """It takes both steps, in this order."""
    return [step for step in schedule if step in NEEDLES] == list(NEEDLES)


def test_what_does_not_matter_is_dropped() -> None:
    hay: Schedule = tuple(Wait(60) for _ in range(17))
    assert shrunk((*hay, NEEDLES[0], *hay, NEEDLES[1], *hay), fails) == NEEDLES


def test_what_all_matters_stays() -> None:
    assert shrunk(NEEDLES, fails) == NEEDLES


def waits_too_long(schedule: Schedule) -> bool:
    return sum(step.seconds for step in schedule if isinstance(step, Wait)) >= 100


def test_no_single_step_can_be_left_out() -> None:
    shortest = shrunk(tuple(Wait(second) for second in range(40)), waits_too_long)
    assert waits_too_long(shortest)
    for left_out in range(len(shortest)):
        assert not waits_too_long(shortest[:left_out] + shortest[left_out + 1 :])
