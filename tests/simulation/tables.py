"""What a service's database holds, as rows in memory."""

from typing import Any
from uuid import UUID

Row = dict[str, Any]
Place = tuple[str, int]
"""A topic and a partition's number."""


class Tables:
    """What a service's database holds. Rows are never changed in place, so a copy is a snapshot."""

    def __init__(self) -> None:
        self.seq = 0
        self.positions: dict[Place, int] = {}
        self.outbox: dict[int, Row] = {}
        self.parked: dict[int, Row] = {}
        self.work: dict[int, Row] = {}
        self.handled: dict[tuple[UUID, str], tuple[UUID, ...]] = {}
        """Ids of the events handled by (ticket, topic), in order; stands for any effect."""
        self.own: dict[Any, Any] = {}
        """The service's own rows, by whatever key it likes."""

    def copy(self) -> "Tables":
        """A snapshot."""
        twin = Tables.__new__(Tables)
        twin.seq = self.seq
        twin.positions = self.positions.copy()
        twin.outbox = self.outbox.copy()
        twin.parked = self.parked.copy()
        twin.work = self.work.copy()
        twin.handled = self.handled.copy()
        twin.own = self.own.copy()
        return twin

    def next_seq(self) -> int:
        """The next value of an identity column."""
        self.seq += 1
        return self.seq
