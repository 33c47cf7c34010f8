"""Many schedules in several processes, with the results that one would give."""

import os
import signal
from multiprocessing import get_context

from simulation.runs import Results, run_seeds, simulated

_SEEDS_AT_ONCE = 50


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def run_side_by_side(seeds: range, *, processes: int, failures_max: int = 5) -> Results:
    """Runs the seeds' schedules, a number at once, and adds up the results in the seeds' order.

    When so many in all have failed, no more are run. An interrupt ends the processes from here.
    They are new ones: a fork of a process that has threads may hang.
    """
    pieces = [seeds[at : at + _SEEDS_AT_ONCE] for at in range(0, len(seeds), _SEEDS_AT_ONCE)]
    results = Results()
    ignoring = (signal.SIGINT, signal.SIG_IGN)
    with get_context("spawn").Pool(processes, signal.signal, ignoring) as workers:
        for piece in workers.imap(_run, pieces):
            results.add(piece)
            if len(results.failures) >= failures_max:
                break
    return results


def _run(seeds: range) -> Results:
    with simulated():
        return run_seeds(seeds)
