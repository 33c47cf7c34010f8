"""Skipping records that cannot be handled, or not even be read: each with a dead letter."""

from datetime import datetime

from aiokafka import TopicPartition

from deskstream_contracts import ServiceName
from deskstream_runtime.dead_letters.dead_letter import dead_letter_unread
from deskstream_runtime.outbox.store import store_events
from deskstream_runtime.postgres.connection import Transaction

_POSITION = """
select next_offset from consumer_offset where topic = $1 and partition = $2 for update
"""
_MOVE = "update consumer_offset set next_offset = $3 where topic = $1 and partition = $2"


class CannotSkip(Exception):
    """The records to skip are not ahead of the service, or too many."""


async def skip_records(
    tx: Transaction,
    service: ServiceName,
    partition: TopicPartition,
    last: int,
    reason: str,
    now: datetime,
    *,
    records_max: int,
) -> int:
    """Moves the service's position behind the offset `last`; returns how many offsets that were.

    Each gets a dead letter with the reason. The running service notices that its position has
    moved, and continues at the new one. Raises `CannotSkip`.
    """
    name = f"{partition.topic}/{partition.partition}"
    position = await tx.fetchval(_POSITION, partition.topic, partition.partition)
    if position is None:
        raise CannotSkip(f"{service} does not read {name}")
    if last < position:
        raise CannotSkip(f"{service} is at {position} of {name}: {last} lies behind it")
    skipped = range(position, last + 1)
    if len(skipped) > records_max:
        raise CannotSkip(
            f"{service} is at {position} of {name}: up to {last} these are {len(skipped)} "
            f"records, more than {records_max}"
        )
    await store_events(
        tx, [dead_letter_unread(service, partition, offset, reason, now) for offset in skipped]
    )
    await tx.execute(_MOVE, partition.topic, partition.partition, last + 1)
    return len(skipped)
