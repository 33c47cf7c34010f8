"""Postgres killed and back: consumer, relay, pool, ticker and HTTP edge all go on by themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conftest import Bench, running
from runtime_toy import request_event

from deskstream_localstack.server_control import ServerControl
from deskstream_localstack.testing import LocalStack
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


@asynccontextmanager
async def away(server: ServerControl) -> AsyncIterator[None]:
    """It is killed, and back at the end, whatever happens: others use it too."""
    await asyncio.to_thread(server.kill)
    try:
        yield
    finally:
        await asyncio.to_thread(server.restart)


async def test_everything_goes_on_when_postgres_is_back(
    bench: Bench, log: LogWriter, parts: LocalStack
) -> None:
    server = parts.control("postgres")
    async with running(bench) as run:
        client = run.http
        before = [request_event() for _ in range(20)]
        await log.write(*before)
        assert (await client.post("/v1/notes", json={"text": "before"})).status_code == 201
        await bench.handles(*before)

        async with away(server):
            meanwhile = [request_event() for _ in range(20)]
            await log.write(*meanwhile)
            answer = await client.post("/v1/notes", json={"text": "meanwhile"})
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "1"
            assert answer.json()["type"] == "urn:deskstream:problem:unavailable"
            assert (await client.get("/health/live")).status_code == 200
            await eventually(lambda: run.service.problems().get("consumer"))

            async def not_ready() -> bool:
                answer = await client.get("/health/ready")
                return answer.status_code == 503 and "database" in answer.json()["troubles"]

            await eventually(not_ready, within_s=40)

        ticks = await bench.count("select count(*) from tick")
        await bench.handles(*before, *meanwhile)
        await eventually(lambda: not run.service.problems(), within_s=40)
        assert (await client.get("/health/ready")).status_code == 200
        answer = await client.post("/v1/notes", json={"text": "after"})
        assert answer.status_code == 201

        async def all_move() -> bool:
            return (
                await bench.count("select count(*) from tick") > ticks
                and await bench.count("select count(*) from outbox") == 0
                and await bench.count("select count(*) from work") == 0
                and await bench.count("select count(*) from outcome where text = 'AFTER'") == 1
            )

        await eventually(all_move, within_s=40)
        assert await bench.value("select count(*) from outcome where text = 'BEFORE'") == 1
        assert await bench.value("select count(*) from outcome where text ilike 'meanwhile'") == 0
