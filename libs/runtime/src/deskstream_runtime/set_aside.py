"""What people do with records that were set aside: look, have them handled again, give them up."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from aiokafka import TopicPartition

from deskstream_runtime.effects import Transaction
from deskstream_runtime.parking import ToPark
from deskstream_runtime.parking_limit import begin_anew

_LIST = """
select subject, topic, partition, record_offset, error, attempts, parked_at, replay_requested_at
from parked_record order by seq limit $1
"""
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


class ReplayRequested(NamedTuple):
    """How many tickets go on now, and how many still wait because there were too many at once."""

    tickets: int
    left: int


class DiscardRequested(NamedTuple):
    """How many records of a ticket are given up, and how many behind them are handled."""

    discarded: int
    handled: int


class ParkedRecord(NamedTuple):
    """A record of a parked ticket: where it is, why it waits, if a replay was asked for."""

    subject: UUID
    place: TopicPartition
    offset: int
    error: str
    attempts: int
    parked_at: datetime
    replay_requested_at: datetime | None


async def parked_records(tx: Transaction, limit: int) -> list[ParkedRecord]:
    """The records that wait, in the order they will be handled."""
    return [
        ParkedRecord(
            row["subject"],
            TopicPartition(row["topic"], row["partition"]),
            row["record_offset"],
            row["error"],
            row["attempts"],
            row["parked_at"],
            row["replay_requested_at"],
        )
        for row in await tx.fetch(_LIST, limit)
    ]


async def request_replay(
    tx: Transaction, subjects: Sequence[UUID], now: datetime, *, tickets_max: int
) -> ReplayRequested:
    """Asks that these tickets (all, when none is named) go on, those first that wait longest.

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
    each, within a second or so; from there they can still be taken again.
    """
    await tx.execute(_LOCK, [subject])
    rows = await tx.fetch(_DISCARD, subject, now, reason, every)
    await begin_anew(tx)
    discarded = sum(row["discard_reason"] is not None for row in rows)
    return DiscardRequested(discarded, len(rows) - discarded)


async def handle_again(tx: Transaction, records: Sequence[ToPark], now: datetime) -> None:
    """Asks that dead-lettered records be taken again, as when their consumer has been mended."""
    await tx.execute(
        _HANDLE_AGAIN,
        [record.place.topic for record in records],
        [record.place.partition for record in records],
        [record.offset for record in records],
        [record.subject for record in records],
        [record.error for record in records],
        now,
    )
