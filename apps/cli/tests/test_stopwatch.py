"""What the demo times: every new ticket, also one that reaches the live feed late."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
from websockets.asyncio.server import ServerConnection, serve

from deskstream_cli.demo.stopwatch import Stopwatch

TICKET = str(uuid4())


def created(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json={"id": TICKET, "created_at": "2026-01-01T00:00:00Z"})


@asynccontextmanager
async def started(
    after_subscribing: Callable[[ServerConnection], Awaitable[None]],
) -> AsyncIterator[Stopwatch]:
    """A stopwatch on a feed that behaves so, after one ticket was created."""

    async def feed(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(json.dumps({"type": "subscribed"}))
        await after_subscribing(connection)

    transport = httpx.MockTransport(created)
    headers = {"Authorization": "Bearer key"}
    async with (
        serve(feed, "127.0.0.1", 0) as server,
        httpx.AsyncClient(base_url="http://desk", transport=transport, headers=headers) as client,
    ):
        port = server.sockets[0].getsockname()[1]
        async with Stopwatch(client, f"ws://127.0.0.1:{port}") as stopwatch:
            await client.post("/v1/tickets", json={})
            yield stopwatch


async def test_a_ticket_that_is_late_on_the_feed_is_timed_too() -> None:
    is_late = asyncio.Event()

    async def late(connection: ServerConnection) -> None:
        await is_late.wait()
        for ticket_id in (str(uuid4()), TICKET):
            message = {"type": "ticket.changed", "ticket": {"id": ticket_id}}
            await connection.send(json.dumps(message))

    async with started(late) as stopwatch:
        assert stopwatch.to_live_feed_s() == []
        is_late.set()
        await stopwatch.wait_until_seen()
        assert len(stopwatch.to_live_feed_s()) == 1


async def test_a_ticket_that_never_comes_is_not_waited_for_long() -> None:
    async with started(ServerConnection.wait_closed) as stopwatch:
        await stopwatch.wait_until_seen(within_s=0.05)
        assert stopwatch.to_live_feed_s() == []
