"""Each mistake put back is found by a few hundred schedules, and reported with a short one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from simulation.bugs import (
    clocks_follow_reading,
    delete_before_ack,
    guard_off,
    later_events_pass,
    time_of_one_partition,
)
from simulation.runs import run_seeds, simulated

SEEDS = range(600)
STEPS_MOST = 12


@pytest.mark.parametrize(
    ("bug", "report"),
    [
        (guard_off, "handled"),
        (delete_before_ack, "not in the log"),
        (later_events_pass, "passed a parked one"),
        (time_of_one_partition, "ends of clocks that the whole log does not bear out"),
        (clocks_follow_reading, "ends of clocks that the whole log does not bear out"),
    ],
)
def test_a_bug_is_found(bug: Callable[[], AbstractContextManager[Any]], report: str) -> None:
    with simulated(), bug():
        failures = run_seeds(SEEDS, failures_max=1).failures
    assert failures, f"{len(SEEDS)} schedules did not find it"
    assert report in failures[0].why
    assert len(failures[0].schedule) <= STEPS_MOST, str(failures[0])
