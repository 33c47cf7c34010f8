"""A backup holds its snapshots during an import: all settles, and no relay walks what is sent."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from log_and_views import assert_log_and_views_agree, assert_nothing_parked
from ticket_import import imported, mid_import
from whole_stack import WholeStack

from deskstream_runtime.testing.waiting import eventually

ROWS = 200
BACKED_UP = ("ingest", "escalation")
OTHERS = 5_000
"""Rows that each service sends besides: a relay looks for where to begin each 500 rows."""

SCANS = 8
A_PART = 3

_WRITE = """
insert into outbox (topic, partition, key, headers, value)
select $1, 0, '\\x00', '[]', convert_to(repeat('x', 500), 'UTF8') from generate_series(1, $2)
"""
_SCANS = """
select idx_scan + seq_scan as scans,
    heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read as blocks
from pg_stat_user_tables join pg_statio_user_tables using (relid)
where relid = 'outbox'::regclass
"""
_FROM_THE_FIRST = (
    "explain (analyze, buffers, format json) select seq from outbox order by seq limit 1"
)


class Scans(NamedTuple):
    """How often the outbox was looked at, and how many pages that took."""

    scans: int
    blocks: int


@pytest.mark.faults
async def test_a_snapshot_held_during_an_import(stack: WholeStack, tmp_path: Path) -> None:
    source = f"snapshot_{uuid4().hex}"
    async with AsyncExitStack() as held:
        topic = await held.enter_async_context(other_topic(stack))
        for service in BACKED_UP:
            backup = await held.enter_async_context(stack.connection(service))
            await backup.execute("begin isolation level repeatable read")
            await backup.fetch("select from outbox limit 1")
        async with mid_import(stack, tmp_path, source, ROWS, under_way=1):
            for service in BACKED_UP:
                await stack.query(service, _WRITE, topic, OTHERS)
        tickets = await imported(stack, source, ROWS)
        for service in BACKED_UP:
            await reads_a_part(stack, service)
    await assert_log_and_views_agree(stack, tickets)
    await assert_nothing_parked(stack, tickets)


@asynccontextmanager
async def other_topic(stack: WholeStack) -> AsyncIterator[str]:
    """A topic that nobody reads."""
    name = f"nobody.reads.{uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
        yield name
        await admin.delete_topics([name])
    finally:
        await admin.close()


async def reads_a_part(stack: WholeStack, service: str) -> None:
    """A service's looks at its outbox take a part of what all the dead rows would take.

    Servers report their counts late: the first looks counted may be those of the import.
    """
    all_dead = await blocks_from_the_first(stack, service)

    async def does() -> bool:
        taken = await blocks_a_scan(stack, service)
        assert A_PART * taken < all_dead, (taken, all_dead)
        return True

    await eventually(does, within_s=120, what=f"flat reads of {service}")


async def blocks_a_scan(stack: WholeStack, service: str) -> float:
    before = await scans(stack, service)

    async def enough() -> Scans | None:
        now = await scans(stack, service)
        return now if now.scans >= before.scans + SCANS else None

    after = await eventually(enough, within_s=60, what=f"{SCANS} looks of {service}")
    return (after.blocks - before.blocks) / (after.scans - before.scans)


async def scans(stack: WholeStack, service: str) -> Scans:
    (row,) = await stack.query(service, _SCANS)
    return Scans(row["scans"], row["blocks"])


async def blocks_from_the_first(stack: WholeStack, service: str) -> int:
    """What a look takes that does not know where to begin."""
    async with stack.connection(service) as connection:
        await connection.execute("set enable_seqscan = off")
        (found,) = json.loads(await connection.fetchval(_FROM_THE_FIRST))
    plan = found["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
