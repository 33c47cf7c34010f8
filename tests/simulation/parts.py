"""A part of the system: one service with its database and two processes that share its work."""

from collections import Counter
from collections.abc import Sequence
from typing import cast
from uuid import UUID

from simulation.clocks import WATERMARKS
from simulation.log import Log
from simulation.memory import MemoryDatabase
from simulation.processes import Process
from simulation.schedule import ServiceName
from simulation.services import READS
from simulation.tables import Place

from deskstream_runtime.clock import Clock
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.unit_of_work import UnitOfWork

SHARED = 2
"""Stands where a process's number does, when both have a half of the partitions."""


class Part:
    """`broken` holds (ticket, event type) that its handler cannot take now."""

    def __init__(
        self, name: ServiceName, log: Log, clock: Clock, partitions: Sequence[int]
    ) -> None:
        self.name: ServiceName = name
        self.log = log
        self.clock = clock
        self.database = MemoryDatabase(clock)
        self.unit_of_work = UnitOfWork(cast(Database, self.database))
        self.topics = [data.event_type for data in READS[name]]
        self.places: list[Place] = [(topic, n) for topic in self.topics for n in partitions]
        if name == "escalation":
            self.places.append((WATERMARKS, 0))
        self.broken: set[tuple[UUID, str]] = set()
        self.passed: list[UUID] = []
        """Ids of events handled while an earlier one of their ticket was parked."""
        self.owner = SHARED
        self.relaying: Process | None = None
        self.met: Counter[str] = Counter()
        """How often what went wrong, to know that schedules come upon it at all."""
        self.processes = (Process(self, 0), Process(self, 1))

    def places_of(self, number: int) -> list[Place]:
        """The partitions of a process."""
        if self.owner == SHARED:
            return self.places[number::2]
        return self.places if self.owner == number else []

    def start(self) -> None:
        """Starts both processes anew."""
        for process in self.processes:
            process.start()

    def move(self, to: int) -> None:
        """Gives the partitions to others. Who had them first finishes the batch in its hand."""
        self.owner = to
        for process in self.processes:
            process.handle()
            process.positions = None

    def move_without_telling(self, to: int) -> None:
        """The same, but who had them is frozen, and keeps its batch and what it knew."""
        self.owner = to
        self.processes[to].positions = None
