"""Rows made of registers: each keeps the values with the highest rank it has seen.

Taking the highest is commutative, associative and idempotent. So a read model made of registers is
the same whatever the order of the facts, and however often each comes: no fact needs another first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any
from uuid import UUID

from deskstream_contracts import Event, EventData

Values = tuple[Any, ...]
Held = tuple[bytes, Values]

_RANK = Struct(">QH8s")
_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def rank(order: int, event: Event[EventData]) -> bytes:
    """Where an event's values stand in a register: later `order` wins, then the higher revision.

    18 bytes that compare, here and in Postgres, as (order, revision, id): `order` from 0 to 2^64.
    The id only breaks ties between different events, the same way everywhere.
    """
    return _RANK.pack(order, event.revision, event.id.bytes[8:])


def moment(time: datetime) -> int:
    """A time as an order: microseconds since the year 1, below 2^59."""
    return (time - _YEAR_ONE) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class LwwRegister:
    """Columns that are replaced together. `columns` maps each name to its Postgres type."""

    name: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A table whose rows are registers. `fixed` columns are the same in every fact about a row."""

    table: str
    key: str
    registers: tuple[LwwRegister, ...]
    fixed: Mapping[str, str]


class Rows:
    """What facts say about rows of one read model: of each register the highest rank."""

    def __init__(self, model: ReadModel) -> None:
        self.model = model
        self._fixed: dict[UUID, Values] = {}
        self._held: dict[UUID, dict[str, Held]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def put(
        self, key: UUID, register: LwwRegister, rank: bytes, values: Values, fixed: Values = ()
    ) -> None:
        """Puts values into a register, unless it holds some of the same or a higher rank."""
        row = self._held.get(key)
        if row is None:
            row = self._held[key] = {}
            self._fixed[key] = fixed
        held = row.get(register.name)
        if held is None or rank > held[0]:
            row[register.name] = (rank, values)

    def in_key_order(self) -> Iterator[tuple[UUID, Values, Mapping[str, Held]]]:
        """Key, fixed values and registers of each row. Sorted: whoever locks rows does it alike."""
        for key in sorted(self._held):
            yield key, self._fixed[key], self._held[key]
