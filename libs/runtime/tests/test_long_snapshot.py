"""While a long snapshot keeps every deleted row, the relay's call reads no more than before."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import TopicPartition
from conftest import Bench

from deskstream_runtime.outbox.acks import Ack
from deskstream_runtime.outbox.outbox_rows import NEXT, OutboxRows

ROUNDS = 40
ROWS = 500
FEW_BLOCKS = 60
"""Postgres' pages: some ten for rows and index, twice that for six places, and room."""

_WRITE = """
insert into outbox (topic, partition, key, headers, value)
select 'toy', n % 6, '\\x00', '[]', '\\x00' from generate_series(1, $1) n
"""


@asynccontextmanager
async def connected(bench: Bench) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(bench.settings.postgres.dsn.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()


async def relayed(rows: OutboxRows) -> int:
    """One round, as the relay does it with a log that takes everything; says how many it read."""
    found = await rows.next()
    rows.acknowledged(
        [Ack(row["seq"], TopicPartition("toy", row["partition"]), row["seq"]) for row in found]
    )
    return len(found)


async def blocks_read(connection: "asyncpg.Connection[Any]", after: int) -> int:
    """How many pages the call reads when it forgets nothing and moves six places."""
    places = await connection.fetch("select number, partition from outbox_place order by partition")
    seqs = [row["number"] for row in places]
    transaction = connection.transaction()
    await transaction.start()
    try:
        (plan,) = json.loads(
            await connection.fetchval(
                "explain (analyze, buffers, format json) " + NEXT,
                [],
                seqs,
                [-seq for seq in seqs],
                ["toy"] * len(seqs),
                [row["partition"] for row in places],
                [0] * len(seqs),
                after,
                ROWS,
            )
        )
    finally:
        await transaction.rollback()
    top = plan["Plan"]
    ctes = [part for part in top.get("Plans", ()) if "Subplan Name" in part]
    return sum(part["Shared Hit Blocks"] + part["Shared Read Blocks"] for part in (top, *ctes))


async def test_reads_stay_flat_under_a_long_snapshot(bench: Bench) -> None:
    async with connected(bench) as backup, connected(bench) as connection:
        await backup.execute("begin isolation level repeatable read")
        await backup.fetch("select count(*) from outbox")
        rows = OutboxRows(connection, ROWS)
        await rows.open()
        blocks = []
        for _ in range(ROUNDS):
            await bench.query(_WRITE, ROWS)
            while await relayed(rows):
                pass
            blocks.append(await blocks_read(connection, rows.bound.seq))
        assert await bench.value("select count(*) from outbox") == 0
        assert max(blocks) <= FEW_BLOCKS, blocks
        # What it would be without the bound, so that this test can tell.
        assert await blocks_read(connection, 0) > 2 * FEW_BLOCKS


async def test_a_row_committed_late_is_found_however_many_passed_it(bench: Bench) -> None:
    async with connected(bench) as late, connected(bench) as connection:
        await late.execute("begin")
        await late.execute(_WRITE, 1)
        rows = OutboxRows(connection, ROWS)
        await rows.open()
        sent = 0
        for _ in range(6):
            await bench.query(_WRITE, ROWS)
            while found := await relayed(rows):
                sent += found
        assert (sent, rows.bound.seq) == (6 * ROWS, 0)
        await late.execute("commit")
        assert await relayed(rows) == 1
        for _ in range(3):
            await bench.query(_WRITE, ROWS)
            while await relayed(rows):
                pass
        assert rows.bound.seq > 6 * ROWS
