"""A service begins its work when its database has what its code was written for, and says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conftest import Bench, running
from runtime_toy import build

from deskstream_runtime.service import Service
from deskstream_runtime.testing.waiting import eventually

VERSION = "20261129000600"


@asynccontextmanager
async def starting(bench: Bench) -> AsyncIterator[Service]:
    """A service that may not get beyond its start."""
    service, _ = build(bench.settings)

    async def run() -> None:
        async with service.running():
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_database_older_than_the_code_is_waited_for(bench: Bench) -> None:
    await bench.query("delete from schema_migrations where version = $1", VERSION)
    async with starting(bench) as service:
        await eventually(lambda: VERSION in service.problems()["database"], within_s=40)
        assert "python -m deskstream_escalation migrate" in service.problems()["database"]
        await bench.query("insert into schema_migrations (version) values ($1)", VERSION)
        await eventually(lambda: not service.problems(), within_s=40, what="a ready service")


async def test_a_database_without_any_migration_is_waited_for(bench: Bench) -> None:
    await bench.query("drop table schema_migrations")
    async with starting(bench) as service:
        await eventually(lambda: VERSION in service.problems()["database"], within_s=40)


async def test_a_database_newer_than_the_code_is_fine(bench: Bench) -> None:
    await bench.query("insert into schema_migrations (version) values ('29990101000000')")
    async with running(bench) as run:
        assert run.service.problems() == {}
