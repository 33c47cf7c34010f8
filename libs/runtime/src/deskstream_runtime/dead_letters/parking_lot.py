"""Tickets whose event failed for an unknown reason wait, in order, while all others continue.

Only the position of a record is kept: for a replay it is read again from its topic. People list the
records that wait, have them handled again, or give them up.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from aiokafka import TopicPartition

from deskstream_runtime.dead_letters.parking_limit import begin_anew
from deskstream_runtime.postgres.connection import Connection, Transaction

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
select first.*
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
_LIST = "select * from parked_record order by seq limit $1"
_WAITING = """
select subject from parked_record
where replay_requested_at is null and (cardinality($1::uuid[]) = 0 or subject = any($1::uuid[]))
group by subject order by min(seq)
"""
# Before the update, which would not see a record that a consumer is parking at this moment.
_LOCK = """
select 1 from parked_record where subject = any($1::uuid[]) order by subject, seq for update
"""
_REPLAY = """
update parked_record set replay_requested_at = $2
where replay_requested_at is null and subject = any($1::uuid[])
"""
_DISCARD = """
update parked_record set replay_requested_at = $2, discard_reason =
    case when $4 or seq = (select min(seq) from parked_record where subject = $1) then $3 end
where subject = $1 returning discard_reason
"""
_HANDLE_AGAIN = """
insert into parked_record
    (topic, partition, record_offset, subject, error, parked_at, replay_requested_at)
select n.topic, n.partition, n.record_offset, n.subject, n.error, $6, $6
from unnest($1::text[], $2::int[], $3::bigint[], $4::uuid[], $5::text[])
     n(topic, partition, record_offset, subject, error)
on conflict (topic, partition, record_offset) do update set replay_requested_at = $6
"""


class FailedRecord(NamedTuple):
    """A record to park: where it is, its ticket, and the error or that it is behind another."""

    partition: TopicPartition
    offset: int
    subject: UUID
    error: str


class ParkedRecord(NamedTuple):
    """A record of a parked ticket: where it is, why it waits, and what somebody asked for."""

    seq: int
    partition: TopicPartition
    offset: int
    subject: UUID
    error: str
    attempts: int
    parked_at: datetime
    replay_requested_at: datetime | None
    discard_reason: str | None


class ReplayRequested(NamedTuple):
    """How many tickets continue now, and how many still wait: there were too many at once."""

    tickets: int
    left: int


class DiscardRequested(NamedTuple):
    """How many records of a ticket are given up, and how many behind them are handled."""

    discarded: int
    handled: int


async def parked_subjects(tx: Transaction, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of these tickets are parked; they stay so until the transaction ends."""
    return {row["subject"] for row in await tx.fetch(_SUBJECTS, sorted(subjects))}


async def park(tx: Transaction, records: Sequence[FailedRecord], now: datetime) -> None:
    """Parks records, in order. Behind a ticket being replayed, they are replayed too."""
    await tx.execute(_PARK, *_columns(records), now)


def _columns(records: Sequence[FailedRecord]) -> tuple[list[Any], ...]:
    return (
        [record.partition.topic for record in records],
        [record.partition.partition for record in records],
        [record.offset for record in records],
        [record.subject for record in records],
        [record.error[:2_000] for record in records],
    )


async def next_to_replay(connection: Connection, limit: int) -> list[ParkedRecord]:
    """The first record of each ticket whose replay was asked for."""
    return [_parked_record(row) for row in await connection.fetch(_NEXT_REPLAY, limit)]


async def take(tx: Transaction, seq: int) -> bool:
    """Removes a record in the transaction that handles it; false when another process has it."""
    return await tx.fetchval(_TAKE, seq) is not None


async def replay_failed(tx: Transaction, record: ParkedRecord, error: str) -> None:
    """The ticket stays parked until it is asked for again."""
    await tx.execute(_FAILED, record.subject, record.seq, error[:2_000])


async def parked_records(connection: Connection, limit: int) -> list[ParkedRecord]:
    """The records that wait, in the order they will be handled."""
    return [_parked_record(row) for row in await connection.fetch(_LIST, limit)]


def _parked_record(row: Mapping[str, Any]) -> ParkedRecord:
    return ParkedRecord(
        row["seq"],
        TopicPartition(row["topic"], row["partition"]),
        row["record_offset"],
        row["subject"],
        row["error"],
        row["attempts"],
        row["parked_at"],
        row["replay_requested_at"],
        row["discard_reason"],
    )


async def request_replay(
    tx: Transaction, subjects: Sequence[UUID], now: datetime, *, tickets_max: int
) -> ReplayRequested:
    """Asks that these tickets (all, when none is named) continue, the longest waiting first.

    The service does it within a second or so. A ticket that fails again stays parked.
    """
    waiting = [row["subject"] for row in await tx.fetch(_WAITING, subjects)]
    chosen = waiting[:tickets_max]
    await tx.execute(_LOCK, chosen)
    await tx.execute(_REPLAY, chosen, now)
    await begin_anew(tx)
    return ReplayRequested(len(chosen), len(waiting) - len(chosen))


async def request_discard(
    tx: Transaction, subject: UUID, reason: str, now: datetime, *, every: bool
) -> DiscardRequested:
    """Asks that the record a parked ticket waits for is given up, and those behind it handled.

    With `every`, all that wait are given up. The service writes a dead letter with the reason for
    each, within a second or so; from there they can still be handled again.
    """
    await tx.execute(_LOCK, [subject])
    rows = await tx.fetch(_DISCARD, subject, now, reason, every)
    await begin_anew(tx)
    discarded = sum(row["discard_reason"] is not None for row in rows)
    return DiscardRequested(discarded, len(rows) - discarded)


async def handle_again(tx: Transaction, records: Sequence[FailedRecord], now: datetime) -> None:
    """Asks that dead-lettered records be handled again, as once their consumer is fixed."""
    await tx.execute(_HANDLE_AGAIN, *_columns(records), now)
