"""What a service's database holds, as rows in memory."""

from datetime import datetime
from typing import Any
from uuid import UUID

from deskstream_runtime.clock import Clock

Row = dict[str, Any]
Place = tuple[str, int]
"""A topic and a partition's number."""


class Tables:
    """What a service's database holds. Rows are never changed in place, so a copy is a snapshot."""

    def __init__(self, clock: Clock) -> None:
        """`clock`: the server's."""
        self.clock = clock
        self.seq = 0
        self.positions: dict[Place, int] = {}
        self.outbox_seq = 0
        self.outbox: dict[int, Row] = {}
        self.outbox_places: dict[int, Row] = {}
        self.parked: dict[int, Row] = {}
        self.parking_count: tuple[int, float, float] = (0, 0.0, 0.0)
        self.work: dict[int, Row] = {}
        self.watermarks: dict[str, datetime] = {}
        self.handled: dict[tuple[UUID, str], tuple[UUID, ...]] = {}
        """Ids of the events handled by (ticket, topic), in order; stands for any effect."""
        self.own: dict[Any, Any] = {}
        """The service's own rows, by whatever key it likes."""

    def copy(self) -> "Tables":
        """A snapshot."""
        twin = Tables.__new__(Tables)
        twin.clock = self.clock
        twin.seq = self.seq
        twin.outbox_seq = self.outbox_seq
        twin.positions = self.positions.copy()
        twin.outbox = self.outbox.copy()
        twin.outbox_places = self.outbox_places.copy()
        twin.parked = self.parked.copy()
        twin.parking_count = self.parking_count
        twin.work = self.work.copy()
        twin.watermarks = self.watermarks.copy()
        twin.handled = self.handled.copy()
        twin.own = self.own.copy()
        return twin

    def next_seq(self) -> int:
        """The next value of an identity column; the outbox counts for itself."""
        self.seq += 1
        return self.seq
