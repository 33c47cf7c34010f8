"""Schedules run one after the other; a failure comes with the shortest schedule that fails."""

import gc
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from logging import CRITICAL
from typing import Any, NamedTuple
from unittest.mock import patch

import structlog
from simulation.invariants import check
from simulation.log import Log
from simulation.schedule import Schedule, schedule_of
from simulation.services import TWINS
from simulation.shrinking import shrunk
from simulation.world import World

from deskstream_ingest.adapters import envelopes
from deskstream_runtime.consuming import batch_processor, decoding, replay
from deskstream_runtime.dead_letters.parking_lot import ParkedRecord
from deskstream_runtime.outbox import watermark
from deskstream_runtime.process.memory import tune_garbage_collection


class Failure(NamedTuple):
    """A seed whose schedule ends in what must not be, the least that does so, and what it was."""

    seed: int
    schedule: Schedule
    why: str

    def __str__(self) -> str:
        steps = "".join(f"    {step!r},\n" for step in self.schedule)
        return f"seed {self.seed}: {self.why}\nshortest schedule found:\n{steps}"


@contextmanager
def simulated() -> Iterator[None]:
    """Puts twins in the place of the services' SQL, of waiting, and of reading a single record.

    Logs are left out, and the collector of cycles looks seldom: both took most of the time.
    """
    config, threshold = structlog.get_config(), gc.get_threshold()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    tune_garbage_collection()
    with ExitStack() as stack:
        for (module, name), twin in TWINS.items():
            stack.enter_context(patch.object(module, name, twin))
        stack.enter_context(patch.object(batch_processor, "_TRY_AGAIN_S", 0))
        stack.enter_context(patch.object(replay, "read_record", _read_record))
        yield
    gc.set_threshold(*threshold)
    structlog.configure(**config)


async def _read_record(log: Log, parked: ParkedRecord) -> Any:
    return log.at((parked.partition.topic, parked.partition.partition), parked.offset)


def run_schedule(schedule: Schedule) -> World:
    """The world at rest after a schedule. Raises `Violation` when something is not as it must."""
    world = World()
    with (
        patch.object(envelopes, "new_id", world.new_id),
        patch.object(watermark, "new_id", world.new_id),
        patch.object(decoding, "decode", world.log.decoded),
    ):
        world.run(schedule)
    check(world)
    return world


@dataclass
class Results:
    """How many schedules ran and which failed; what they came upon; a hash of each one's logs.

    `worked_s` is the processor time in seconds.
    """

    number: int = 0
    failures: list[Failure] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    logs: list[bytes] = field(default_factory=list)
    worked_s: float = 0.0

    @property
    def fingerprint(self) -> str:
        """What all of them wrote, as a hash."""
        return blake2b(b"".join(self.logs), digest_size=8).hexdigest()

    def add(self, others: "Results") -> None:
        """Adds the results of later seeds."""
        self.number += others.number
        self.failures += others.failures
        self.met += others.met
        self.logs += others.logs
        self.worked_s += others.worked_s


def run_seeds(seeds: Iterable[int], *, failures_max: int = 5) -> Results:
    """Runs the seeds' schedules, until so many have failed."""
    results, began = Results(), time.process_time()
    for seed in seeds:
        results.number += 1
        try:
            world = run_schedule(schedule_of(seed))
        except Exception as error:
            results.failures.append(_shortest(seed, error))
            if len(results.failures) == failures_max:
                break
        else:
            results.logs.append(world.log.fingerprint())
            for part in world.parts.values():
                results.met.update(part.met)
    results.worked_s = time.process_time() - began
    return results


def _shortest(seed: int, error: Exception) -> Failure:
    """The seed's failure, with a schedule as short as could be made to fail."""
    failures = [f"{type(error).__name__}: {error}"]

    def fails(schedule: Schedule) -> bool:
        try:
            run_schedule(schedule)
        except Exception as again:
            failures.append(f"{type(again).__name__}: {again}")
            return True
        return False

    shortest = shrunk(schedule_of(seed), fails)
    return Failure(seed, shortest, failures[-1])
