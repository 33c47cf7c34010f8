"""How far each partition is handled: stored beside the state it produced, and moved with it."""

from collections.abc import Iterable, Mapping

from aiokafka import TopicPartition

from deskstream_runtime.errors import LostPartition
from deskstream_runtime.kafka.positions import Positions, columns_of, positions_in
from deskstream_runtime.postgres.connection import Connection, Transaction

_ENSURE = """
insert into consumer_offset (topic, partition, next_offset)
select topic, partition, 0 from unnest($1::text[], $2::int[]) n(topic, partition)
on conflict do nothing
"""
_LOAD = """
select topic, partition, next_offset from consumer_offset
join unnest($1::text[], $2::int[]) n(topic, partition) using (topic, partition)
"""
_ALL = "select topic, partition, next_offset from consumer_offset"
_ADVANCE = """
with moved as (
    update consumer_offset o set next_offset = n.new_offset
    from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[])
         n(topic, partition, old_offset, new_offset)
    where o.topic = n.topic and o.partition = n.partition and o.next_offset = n.old_offset
    returning 1
)
select (select count(*) from moved) as moved, exists (select 1 from parked_record) as any_parked
"""


async def load_positions(tx: Transaction, partitions: Iterable[TopicPartition]) -> Positions:
    """The position of each partition; one never seen starts at 0, the log's beginning."""
    wanted = sorted(partitions)
    await tx.execute(_ENSURE, *columns_of(wanted))
    return positions_in(await tx.fetch(_LOAD, *columns_of(wanted)))


async def all_positions(connection: Connection) -> Positions:
    """How far every partition is handled that this service has ever held."""
    return positions_in(await connection.fetch(_ALL))


async def advance(tx: Transaction, old: Mapping[TopicPartition, int], new: Positions) -> bool:
    """Moves positions from `old` to `new`; returns whether any ticket is parked.

    Raises `LostPartition` when a position is not what we think: another owner has it, and this
    transaction must not commit. This is what fences a process that was frozen and came back.
    """
    moving = sorted(new)
    row = await tx.fetchrow(
        _ADVANCE,
        *columns_of(moving),
        [old[partition] for partition in moving],
        [new[partition] for partition in moving],
    )
    assert row is not None
    if row["moved"] != len(moving):
        raise LostPartition(f"{len(moving) - row['moved']} of {len(moving)} partitions moved on")
    return bool(row["any_parked"])
