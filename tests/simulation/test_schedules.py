"""Thousands of schedules of asking, crashing, delaying and setting back, all from their seeds."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.runs import Results, run_seeds, simulated
from simulation.schedule import STEPS_LEAST, schedule_of

TESTS = Path(__file__).parents[1]
SEEDS = 6_000
TROUBLES = (
    "LostPartition",
    "Unavailable",
    "DeadLetterLimitReached",
    "ParkingLimitReached",
    "killed in a batch",
    "replayed",
    "sent by two",
)


@pytest.fixture(scope="module")
def results() -> Results:
    """About a minute on a core that has nothing else to do."""
    with simulated():
        return run_seeds(range(SEEDS))


def test_nothing_is_lost_doubled_or_out_of_order(results: Results) -> None:
    assert not results.failures, "\n".join(map(str, results.failures))


def test_the_schedules_come_upon_every_trouble(results: Results) -> None:
    """A simulation in which nothing goes wrong would pass, too."""
    rare = {trouble for trouble in TROUBLES if results.met[trouble] < SEEDS / 100}
    assert not rare, results.met


def test_schedules_are_long_enough_and_about_three_tickets() -> None:
    schedules = [schedule_of(seed) for seed in range(100)]
    assert min(map(len, schedules)) >= STEPS_LEAST
    tickets = {getattr(step, "ticket", 0) for schedule in schedules for step in schedule}
    assert tickets == {0, 1, 2, None}


def test_the_same_seed_is_the_same_run_in_another_process() -> None:
    assert fingerprint_with(hash_seed="1") == fingerprint_with(hash_seed="2")


def fingerprint_with(hash_seed: str) -> str:
    """What 100 seeds write, in a process where sets of texts have an order of their own."""
    output = subprocess.run(
        [sys.executable, "-m", "simulation", "--seeds", "100", "--from", "20000"],
        env=os.environ | {"PYTHONPATH": str(TESTS), "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    ).stdout
    (fingerprint,) = re.findall(r"^fingerprint of the logs: (\w+)$", output, flags=re.M)
    return str(fingerprint)
