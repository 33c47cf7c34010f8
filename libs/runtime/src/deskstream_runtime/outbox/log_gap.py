"""What the log holds of our own events and the database does not: read, sorted, given back.

The gap is collected in a table first: events of one subject lie in several topics, and a gap may be
the whole log.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import structlog
from aiokafka import ConsumerRecord

from deskstream_contracts import Event, ServiceName, UndecodableRecord, decode
from deskstream_runtime.kafka.own_topics import own_topics
from deskstream_runtime.outbox.outbox_rows import OutboxRows
from deskstream_runtime.outbox.store import headers_from_text, headers_to_text
from deskstream_runtime.postgres.connection import Transaction, in_transaction
from deskstream_runtime.settings import KafkaSettings

_log = structlog.get_logger()

Repair: TypeAlias = Callable[[Transaction, Sequence[Event[Any]]], Awaitable[None]]
"""Brings the state of some subjects up to what their own events say: all that the log holds of them
beyond the database, each subject's together, in no order. What is known already changes nothing."""

_SUBJECTS_AT_ONCE = 200

_EMPTY = "truncate log_gap"
_COLLECT = """
insert into log_gap (subject, topic, key, headers, value)
select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::bytea[])
"""
# A record that is an outbox row, byte by byte, is known here, and need not be sent a second time.
# Once for all of the gap: no index finds an outbox row by its key.
_FORGET_KNOWN = """
with known as (
    delete from outbox using log_gap gap
    where (outbox.topic, outbox.key, outbox.value) = (gap.topic, gap.key, gap.value)
    returning gap.ctid
)
delete from log_gap where ctid in (select ctid from known)
"""
_TAKE = """
delete from log_gap where subject in (
    select distinct subject from log_gap where subject > $1 order by subject limit $2
) returning subject, topic, headers, value
"""


async def close_gap(
    service: ServiceName, settings: KafkaSettings, rows: OutboxRows, repair: Repair
) -> None:
    """Takes back what the log holds behind the positions kept, and moves them to its end.

    For the one relay, before it sends: a position that passed the gap would hide it. Every step may
    be repeated. Raises a transient error when a server is away.
    """
    async with own_topics(service, settings) as topics:
        ends = await topics.ends()
        begins = {partition: rows.next_offset(partition) for partition in ends}
        gap = {partition: begin for partition, begin in begins.items() if begin < ends[partition]}
        for partition, end in ends.items():
            if begins[partition] > end:
                _log.error(
                    "gap.log_is_behind", topic=partition.topic, partition=partition.partition,
                    log_ends_at=end, database_knows_up_to=begins[partition],
                )  # fmt: skip
        if gap:
            records = sum(ends[partition] - begin for partition, begin in gap.items())
            _log.warning("gap.found", partitions=len(gap), records=records)
            await rows.connection.execute(_EMPTY)
            async for part in topics.read(gap, ends):
                await _collect(rows.connection, part)
            await rows.connection.execute(_FORGET_KNOWN, timeout=settings.gap_compare_timeout_s)
            taken = await _take_all(rows.connection, repair)
            _log.warning("gap.closed", records=records, unknown=taken)
    await rows.keep({partition: end for partition, end in ends.items() if begins[partition] != end})


async def _collect(
    connection: "asyncpg.Connection[Any]", records: "Sequence[ConsumerRecord[bytes, bytes]]"
) -> None:
    readable = [(event, record) for record in records if (event := _event_of(record)) is not None]
    if readable:
        await connection.execute(
            _COLLECT,
            [event.subject for event, _ in readable],
            [record.topic for _, record in readable],
            [record.key for _, record in readable],
            [headers_to_text(record.headers) for _, record in readable],
            [record.value for _, record in readable],
        )


def _event_of(record: "ConsumerRecord[bytes, bytes]") -> Event[Any] | None:
    """What is no event of ours was not written by us: every reader makes a dead letter of it."""
    try:
        return decode(record.topic, record.headers, record.value)
    except UndecodableRecord as error:
        _log.warning(
            "gap.undecodable", topic=record.topic, partition=record.partition,
            offset=record.offset, reason=error.reason,
        )  # fmt: skip
        return None


async def _take_all(connection: "asyncpg.Connection[Any]", repair: Repair) -> int:
    """Repairs some subjects in each transaction; says how many events there were."""
    taken, after = 0, UUID(int=0)
    while True:
        async with in_transaction(connection) as tx:
            rows = await tx.fetch(_TAKE, after, _SUBJECTS_AT_ONCE)
            if not rows:
                return taken
            events = [
                decode(row["topic"], headers_from_text(row["headers"]), row["value"])
                for row in rows
            ]
            await repair(tx, events)
        taken += len(events)
        after = max(row["subject"] for row in rows)
