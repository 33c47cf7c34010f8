"""Schedules that once failed, as short as they were found."""

import pytest
from simulation.runs import run_schedule, simulated
from simulation.schedule import Ask, Freeze, Judge, Look, Schedule, Send, Wait

READ_BEFORE_WHAT_IT_CAME_AFTER: Schedule = (
    Ask(2, "inbound", "none"),
    Wait(90_000),
    Send("ingest", 0, 100, killed=False),
    Ask(2, "resolve", "none"),
    Ask(0, "inbound", "none"),
    Judge(2, "high"),
    Freeze("escalation", 1, 6, 100),
    Look(0, "none"),
)
"""Seed 100944: a triage is known, and the resolution of before it is still to be read."""


@pytest.mark.parametrize("schedule", [READ_BEFORE_WHAT_IT_CAME_AFTER])
def test_it_fails_no_more(schedule: Schedule) -> None:
    with simulated():
        run_schedule(schedule)
