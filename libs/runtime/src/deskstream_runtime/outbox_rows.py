"""The relay's one call on the outbox: forget what is sent, keep the places, read what is next."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from aiokafka import TopicPartition

from deskstream_runtime.acks import Ack, latest
from deskstream_runtime.lower_bound import LowerBound, look

# A place is found by its number, never by its partition: docs/decisions/0023 says why.
_PLACES = """
passed as (delete from outbox_place where seq = any($2::bigint[])),
kept as (
    insert into outbox_place (seq, topic, partition, next_offset)
    select * from unnest($3::bigint[], $4::text[], $5::int[], $6::bigint[])
)
"""
NEXT = f"""
with forgotten as (delete from outbox where seq = any($1::bigint[])), {_PLACES}
select seq, topic, partition, key, headers, value from outbox
where seq > $7 and seq <> all($1::bigint[]) order by seq limit $8
"""  # noqa: S608  (our own text)
NEXT_ASIDE = f"""
with forgotten as (delete from outbox_aside where topic = $9 and seq = any($1::bigint[])),
counted as (
    update topic_aside set rows = rows - cardinality($1::bigint[])
    where topic = $9 and cardinality($1::bigint[]) > 0
), {_PLACES}
select seq, topic, partition, key, headers, value from outbox_aside
where topic = $9 and seq > $7 and seq <> all($1::bigint[]) order by seq limit $8
"""  # noqa: S608  (our own text)
_LOAD_PLACES = "select seq, topic, partition, next_offset from outbox_place"
# A plan made while the tables were small would read them whole later, with all their dead rows.
_BY_INDEX_ALONE = "set enable_seqscan = off"


class OutboxRows:
    """The outbox as its one relay sees it, over one connection."""

    def __init__(self, connection: "asyncpg.Connection[Any]", limit: int) -> None:
        self.connection = connection
        self.bound = LowerBound()
        self._limit = limit
        self._acks: Sequence[Ack] = ()
        self._places: dict[TopicPartition, Ack] = {}

    async def open(self) -> None:
        """Prepares the connection and finds the places kept so far."""
        await self.connection.execute(_BY_INDEX_ALONE)
        rows = await self.connection.fetch(_LOAD_PLACES)
        self._places = latest(
            Ack(row["seq"], TopicPartition(row["topic"], row["partition"]), row["next_offset"] - 1)
            for row in rows
        )

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

    async def next_aside(
        self, topic: str, acks: Sequence[Ack], after: int, limit: int
    ) -> Sequence[Any]:
        """The same for a topic that is set aside. `after`: no row up to this one is left."""
        return await self._call(NEXT_ASIDE, acks, after, limit, topic)

    async def _call(
        self, statement: str, acks: Sequence[Ack], after: int, limit: int, *topic: str
    ) -> Sequence[Any]:
        newest = {
            place: ack
            for place, ack in latest(acks).items()
            if place not in self._places or self._places[place].offset < ack.offset
        }
        rows = await self.connection.fetch(
            statement,
            [ack.seq for ack in acks],
            [self._places[place].seq for place in newest if place in self._places],
            [ack.seq for ack in newest.values()],
            [place.topic for place in newest],
            [place.partition for place in newest],
            [ack.offset + 1 for ack in newest.values()],
            after,
            limit,
            *topic,
        )
        self._places |= newest
        return rows
