"""The relay's one call on the outbox: forget sent rows, keep positions, read the next rows."""

from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

import asyncpg
from aiokafka import TopicPartition

from deskstream_runtime.kafka.positions import Positions, columns_of
from deskstream_runtime.outbox.acks import Ack, latest
from deskstream_runtime.outbox.lower_bound import LowerBound, look

# A position is found by its number, never by its partition: docs/decisions/0023 says why.
_KEEP_POSITIONS = """
passed as (delete from outbox_place where number = any($2::bigint[])),
kept as (
    insert into outbox_place (number, topic, partition, next_offset)
    select * from unnest($3::bigint[], $4::text[], $5::int[], $6::bigint[])
)
"""
NEXT = f"""
with forgotten as (delete from outbox where seq = any($1::bigint[])), {_KEEP_POSITIONS}
select seq, topic, partition, key, headers, value from outbox
where seq > $7 and seq <> all($1::bigint[]) order by seq limit $8
"""  # noqa: S608  (our own text)
NEXT_HELD = f"""
with forgotten as (delete from outbox_aside where topic = $9 and seq = any($1::bigint[])),
counted as (
    update topic_aside set rows = rows - cardinality($1::bigint[])
    where topic = $9 and cardinality($1::bigint[]) > 0
), {_KEEP_POSITIONS}
select seq, topic, partition, key, headers, value from outbox_aside
where topic = $9 and seq > $7 and seq <> all($1::bigint[]) order by seq limit $8
"""  # noqa: S608  (our own text)
_LOAD_POSITIONS = "select number, topic, partition, next_offset from outbox_place order by number"
# A plan made while the tables were small would read them whole later, with all their dead rows.
_BY_INDEX_ALONE = "set enable_seqscan = off"


class _KeptPosition(NamedTuple):
    number: int
    next_offset: int


class OutboxRows:
    """The outbox as its one relay sees it, over one connection."""

    def __init__(self, connection: "asyncpg.Connection[Any]", limit: int) -> None:
        self.connection = connection
        self.bound = LowerBound()
        self._limit = limit
        self._acks: Sequence[Ack] = ()
        self._positions: dict[TopicPartition, _KeptPosition] = {}
        self._numbers = count(1)

    async def open(self) -> None:
        """Prepares the connection and finds the positions kept so far."""
        await self.connection.execute(_BY_INDEX_ALONE)
        rows = await self.connection.fetch(_LOAD_POSITIONS)
        self._positions = {
            TopicPartition(row["topic"], row["partition"]): _KeptPosition(
                row["number"], row["next_offset"]
            )
            for row in rows
        }
        self._numbers = count(rows[-1]["number"] + 1 if rows else 1)

    def acknowledged(self, acks: Sequence[Ack]) -> None:
        """The log holds these: the next call forgets them."""
        self._acks = acks

    async def next(self) -> Sequence[Any]:
        """Forgets what the log holds, keeps how far it goes, and reads the next rows in order."""
        if self.bound.wants_look():
            await look(self.connection, self.bound)
        rows = await self._call(NEXT, self._acks, self.bound.seq, self._limit)
        self._acks = ()
        self.bound.read(rows[0]["seq"] if rows else None, len(rows))
        return rows

    async def next_held(
        self, topic: str, acks: Sequence[Ack], after: int, limit: int
    ) -> Sequence[Any]:
        """The same for a topic that is held back. `after`: no row up to this one is left."""
        return await self._call(NEXT_HELD, acks, after, limit, topic)

    @property
    def last_number(self) -> int:
        """The number of the last position kept: it rises, unless the database is set back."""
        return max((one.number for one in self._positions.values()), default=0)

    def next_offset(self, partition: TopicPartition) -> int:
        """How far the log holds what this database sent: the offset behind the last record."""
        known = self._positions.get(partition)
        return 0 if known is None else known.next_offset

    async def keep(self, ends: Positions) -> None:
        """Moves positions to where the log was found to end, be it before or behind them."""
        if ends:
            await self._moved(NEXT, ends, [], 0, 0)

    async def _call(
        self, statement: str, acks: Sequence[Ack], after: int, limit: int, *topic: str
    ) -> Sequence[Any]:
        sent = [ack.seq for ack in acks]
        ends = {partition: ack.offset + 1 for partition, ack in latest(acks).items()}
        further = {
            partition: end for partition, end in ends.items() if self.next_offset(partition) < end
        }
        return await self._moved(statement, further, sent, after, limit, *topic)

    async def _moved(
        self,
        statement: str,
        ends: Positions,
        sent: Sequence[int],
        after: int,
        limit: int,
        *topic: str,
    ) -> Sequence[Any]:
        new = {
            partition: _KeptPosition(next(self._numbers), end) for partition, end in ends.items()
        }
        rows = await self.connection.fetch(
            statement,
            sent,
            [self._positions[one].number for one in new if one in self._positions],
            [one.number for one in new.values()],
            *columns_of(new),
            [one.next_offset for one in new.values()],
            after,
            limit,
            *topic,
        )
        self._positions |= new
        return rows
