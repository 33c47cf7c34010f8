"""Tickets whose event failed for an unknown reason wait, in order, while all others go on.

Only where a record is gets kept. To replay, it is read again from its topic.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from aiokafka import TopicPartition

from deskstream_runtime.effects import Transaction

# Locks the last record of each ticket until we commit: a replay cannot take it, nor be asked for,
# between this look and what we park behind it. Waits for one that took it first, then looks again.
_SUBJECTS = """
select last.subject from unnest($1::uuid[]) asked(subject)
cross join lateral (
    select p.subject from parked_record p where p.subject = asked.subject
    order by p.seq desc limit 1 for share) last
"""
_PARK = """
insert into parked_record
    (topic, partition, record_offset, subject, error, parked_at, replay_requested_at)
select n.topic, n.partition, n.record_offset, n.subject, n.error, $6,
       (select max(p.replay_requested_at) from parked_record p where p.subject = n.subject)
from unnest($1::text[], $2::int[], $3::bigint[], $4::uuid[], $5::text[])
     with ordinality n(topic, partition, record_offset, subject, error, position)
order by n.position
on conflict (topic, partition, record_offset) do nothing
"""
_NEXT_REPLAY = """
select first.seq, first.topic, first.partition, first.record_offset, first.subject,
       first.discard_reason
from (select distinct subject from parked_record where replay_requested_at is not null) asked
cross join lateral (
    select * from parked_record p where p.subject = asked.subject order by p.seq limit 1) first
order by first.seq
limit $1
"""
_TAKE = "delete from parked_record where seq = $1 returning seq"
_FAILED = """
update parked_record
set replay_requested_at = null, attempts = attempts + 1,
    error = case when seq = $2 then $3 else error end
where subject = $1
"""


class ToPark(NamedTuple):
    """A record to set aside: where it is, whose it is, and why."""

    place: TopicPartition
    offset: int
    subject: UUID
    error: str


class Parked(NamedTuple):
    """The first waiting record of a ticket; given up by somebody, when it has a reason for that."""

    seq: int
    place: TopicPartition
    offset: int
    subject: UUID
    discard_reason: str | None = None


async def parked_subjects(tx: Transaction, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of these tickets are parked; they stay so until the transaction ends."""
    return {row["subject"] for row in await tx.fetch(_SUBJECTS, sorted(subjects))}


async def park(tx: Transaction, records: Sequence[ToPark], now: datetime) -> None:
    """Sets records aside, in order. Behind a ticket being replayed, they are replayed too."""
    await tx.execute(
        _PARK,
        [record.place.topic for record in records],
        [record.place.partition for record in records],
        [record.offset for record in records],
        [record.subject for record in records],
        [record.error[:2_000] for record in records],
        now,
    )


async def next_to_replay(tx: Transaction, limit: int) -> list[Parked]:
    """The first record of each ticket whose replay was asked for."""
    return [
        Parked(
            row["seq"],
            TopicPartition(row["topic"], row["partition"]),
            row["record_offset"],
            row["subject"],
            row["discard_reason"],
        )
        for row in await tx.fetch(_NEXT_REPLAY, limit)
    ]


async def take(tx: Transaction, seq: int) -> bool:
    """Removes a record in the transaction that handles it; false when another process has it."""
    return await tx.fetchval(_TAKE, seq) is not None


async def replay_failed(tx: Transaction, record: Parked, error: str) -> None:
    """The ticket stays parked until it is asked for again."""
    await tx.execute(_FAILED, record.subject, record.seq, error[:2_000])
