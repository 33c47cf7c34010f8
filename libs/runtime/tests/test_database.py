"""The pool is closed when time is up, whoever still holds a connection."""

import asyncio

import asyncpg
import pytest

from deskstream_runtime.database import Database
from deskstream_runtime.testing.waiting import eventually


async def test_no_time_left_is_no_time(bench):
    for_ever = {"command_timeout_s": 3_600.0, "idle_in_transaction_timeout_s": 3_600.0}
    settings = bench.settings.postgres.model_copy(update=for_ever)
    database = Database(settings, "toy")
    await database.open()
    holds, closed = asyncio.Event(), asyncio.Event()

    async def hold():
        async with database.transaction() as tx:
            holds.set()
            await closed.wait()
            await tx.execute("select 1")

    holding = asyncio.create_task(hold())
    await holds.wait()
    closing = asyncio.create_task(database.close(within_s=0.0))
    try:
        await eventually(closing.done, within_s=20, what="a pool closed in no time")
    finally:
        closed.set()
        with pytest.raises(asyncpg.InterfaceError):
            await holding
        await closing
