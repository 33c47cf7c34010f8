"""Rows of LWW registers (last writer wins, a CRDT): each keeps the values of the highest rank.

Taking the highest is commutative, associative and idempotent. So a read model made of registers is
the same whatever the order of the events, and however often each comes: none needs another first.

A register is declared as a NamedTuple: its fields are the columns that are replaced together.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from deskstream_contracts import Event, EventData

R = TypeVar("R", bound=tuple[Any, ...])
R_contra = TypeVar("R_contra", bound=tuple[Any, ...], contravariant=True)

Ranked: TypeAlias = tuple[bytes, tuple[Any, ...]]
Registers: TypeAlias = Mapping[type[tuple[Any, ...]], Ranked]
"""What is known of a row: the values of each register, behind their rank."""

_RANK = Struct(">QH8s")
_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def rank(order: int, event: Event[EventData]) -> bytes:
    """The rank of an event's values in a register: later `order` wins, then the higher revision.

    18 bytes that compare, here and in Postgres, as (order, revision, id): `order` from 0 to 2^64.
    The id only breaks ties between different events, the same way everywhere.
    """
    return _RANK.pack(order, event.revision, event.id.bytes[8:])


def moment(time: datetime) -> int:
    """A time as an order: microseconds since the year 1, below 2^59."""
    return (time - _YEAR_ONE) // _MICROSECOND


class Rows(Generic[R_contra]):
    """What events say about the rows of one table: of each register the highest rank."""

    def __init__(self) -> None:
        self._rows: dict[UUID, dict[type[tuple[Any, ...]], Ranked]] = {}
        self._ids: dict[UUID, tuple[UUID, ...]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, key: UUID, rank: bytes, values: R_contra, *parent: UUID) -> None:
        """Puts values into their register, unless it holds some of the same or a higher rank."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = {}
            self._ids[key] = (key, *parent)
        kept = row.get(type(values))
        if kept is None or rank > kept[0]:
            row[type(values)] = (rank, values)

    def in_key_order(self) -> Iterator[tuple[tuple[UUID, ...], Registers]]:
        """Key (with parent) and registers of each row, sorted: all writers lock rows alike."""
        for key in sorted(self._rows):
            yield self._ids[key], self._rows[key]


Projector: TypeAlias = Callable[[Rows[R], Event[Any]], None]
"""Puts what an event says into the registers of a row."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadModel(Generic[R]):
    """A table whose rows are registers, and what an event of each type puts into them.

    The rank of the register `name` is in the column `<name>_rank`. `parent` is a column that never
    changes: the id of the ticket that a message or draft belongs to.
    """

    table: str
    key: str
    registers: Mapping[str, type[R]]
    projectors: Mapping[type[EventData], tuple[Projector[R], ...]]
    parent: str | None = None
