"""Thousands of schedules of asking, crashing, delaying and setting back, all from their seeds."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.runs import Results
from simulation.schedule import STEPS_LEAST, schedule_of
from simulation.side_by_side import run_side_by_side, usable_cores

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
    """About half a minute on two cores that have nothing else to do."""
    return run_side_by_side(range(SEEDS), processes=usable_cores())


@pytest.mark.simulation
def test_nothing_is_lost_doubled_or_out_of_order(results: Results) -> None:
    assert not results.failures, "\n".join(map(str, results.failures))


@pytest.mark.simulation
def test_the_schedules_come_upon_every_trouble(results: Results) -> None:
    """A simulation in which nothing goes wrong would pass, too."""
    rare = {trouble for trouble in TROUBLES if results.met[trouble] < SEEDS / 100}
    assert not rare, results.met


def test_schedules_are_long_enough_and_about_three_tickets() -> None:
    schedules = [schedule_of(seed) for seed in range(100)]
    assert min(map(len, schedules)) >= STEPS_LEAST
    tickets = {getattr(step, "ticket", 0) for schedule in schedules for step in schedule}
    assert tickets == {0, 1, 2, None}


@pytest.mark.simulation
def test_the_same_seed_is_the_same_run_by_any_number_of_other_processes() -> None:
    assert fingerprint_with(hash_seed="1", processes=1) == fingerprint_with(
        hash_seed="2", processes=3
    )


def fingerprint_with(hash_seed: str, processes: int) -> str:
    """What 200 seeds write, in processes where sets of texts have an order of their own."""
    arguments = ["--seeds", "200", "--from", "20000", "--processes", str(processes)]
    output = subprocess.run(
        [sys.executable, "-m", "simulation", *arguments],
        env=os.environ | {"PYTHONPATH": str(TESTS), "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    ).stdout
    (fingerprint,) = re.findall(r"^fingerprint of the logs: (\w+)$", output, flags=re.M)
    return str(fingerprint)
