"""Thirteen subscriptions on one host: six fail in every manner, the others notice nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from operator import eq

import pytest
from aiohttp import web
from notify_bench import Bench
from notify_events import happened

from deskstream_notify.settings import WebhookSettings
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.work.pool import WorkPool

FAILING = ["status_500", "status_404", "garbage", "dripping", "closing", "hanging"]
HEALTHY = [f"healthy_{number}" for number in range(7)]
TICKETS = 40


class SharedHost:
    """One server of many receivers, each of which behaves as its path says."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.closing = asyncio.Event()
        self.url = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        await request.read()
        if name in HEALTHY:
            self.taken[name] += 1
            return web.Response(status=204)
        self.refused[name] += 1
        transport = request.transport
        assert transport is not None
        match name:
            case "status_500" | "status_404":
                return web.Response(status=int(name.removeprefix("status_")))
            case "garbage":
                transport.write(b"\x00\xffnonsense\r\n\r\n")
                transport.close()
            case "closing":
                transport.abort()
            case "dripping":
                response = web.StreamResponse()
                await response.prepare(request)
                while not self.closing.is_set():
                    await response.write(b".")
                    await asyncio.sleep(0.2)
            case _:
                await self.closing.wait()
        return web.Response(status=204)


@pytest.fixture
async def shared_host() -> AsyncIterator[SharedHost]:
    host = SharedHost()
    app = web.Application()
    app.router.add_post("/{name}", host.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.url = "http://{}:{}".format(*runner.addresses[0][:2])
    yield host
    host.closing.set()
    await runner.cleanup()


@pytest.fixture
def webhook_settings(webhook_settings: WebhookSettings) -> WebhookSettings:
    # A hanging receiver hangs until the test ends: no time-out ends it before.
    return webhook_settings.model_copy(update={"timeout_s": 60.0})


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[None]:
    """The pools as a service runs them. Calls in flight at the end are cancelled."""
    pools = [WorkPool(bench.infrastructure, kind) for kind in bench.kinds.values()]
    tasks = [asyncio.create_task(pool.run()) for pool in pools]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_healthy_receivers_get_everything_while_their_neighbours_fail(
    bench: Bench, shared_host: SharedHost
) -> None:
    for name in (*FAILING, *HEALTHY):
        await bench.subscribe(f"{shared_host.url}/{name}", "ticket.created")
    async with running(bench):
        for rounds in (1, 2):
            events = [happened("ticket.created", bench.clock.now) for _ in range(TICKETS)]
            await bench.handle(*events)
            wanted = dict.fromkeys(HEALTHY, TICKETS * rounds)
            await eventually(
                partial(eq, shared_host.taken, wanted),
                within_s=30,
                what="all calls of healthy receivers",
            )
    assert set(shared_host.refused) == set(FAILING)
    # Failing receivers were called a bounded number of times.
    limits = bench.settings
    calls_max = limits.breaker_failures_max + limits.webhook.concurrency_max
    assert max(shared_host.refused.values()) <= calls_max
