"""Latency from a `POST` to the ticket in the view, and on the live feed."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

VIEW_SAMPLE = 10
FEED_TIMEOUT_S = 5.0


class Stopwatch:
    """Watches an HTTP client create tickets. Use as an async context; figures are seconds."""

    def __init__(self, client: httpx.AsyncClient, live_feed: str) -> None:
        self._client = client
        self._live_feed = live_feed
        self._posted: dict[str, float] = {}
        self.tickets: dict[str, str] = {}
        """Every ticket that a POST answered with, new or known, and when it was created."""
        self._on_feed: dict[str, float] = {}
        self._heard = asyncio.Condition()
        self._views: list[asyncio.Task[float]] = []
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        headers = {"Authorization": self._client.headers["Authorization"]}
        feed = await connect(
            self._live_feed, additional_headers=headers, open_timeout=FEED_TIMEOUT_S, max_queue=None
        )
        await feed.send(json.dumps({"type": "subscribe", "channel": "tickets"}))
        async with asyncio.timeout(FEED_TIMEOUT_S):
            await _subscribed(feed)
        self._watching = asyncio.create_task(self._watch(feed))
        self._client.event_hooks = {"request": [self._starts], "response": [self._ends]}
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.event_hooks = {}
        assert self._watching is not None
        self._watching.cancel()
        await asyncio.gather(self._watching, *self._views, return_exceptions=True)

    async def wait_until_seen(self, within_s: float = FEED_TIMEOUT_S) -> None:
        """Waits for the samples of the view, and for the last new tickets on the feed."""
        await asyncio.gather(*self._views, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s), self._heard:
                await self._heard.wait_for(lambda: self._posted.keys() <= self._on_feed.keys())

    async def to_view_s(self) -> list[float]:
        """From POST to the answer of `GET …?min_version=1`, for every tenth new ticket."""
        found = await asyncio.gather(*self._views, return_exceptions=True)
        return sorted(one for one in found if isinstance(one, float))

    def to_live_feed_s(self) -> list[float]:
        """From POST to the first message about the ticket, for every new ticket seen."""
        both = self._posted.keys() & self._on_feed.keys()
        return sorted(self._on_feed[ticket] - self._posted[ticket] for ticket in both)

    async def _starts(self, request: httpx.Request) -> None:
        request.extensions["desk.started"] = time.monotonic()

    async def _ends(self, response: httpx.Response) -> None:
        request = response.request
        if request.method != "POST" or not response.is_success:
            return
        started: float = request.extensions["desk.started"]
        await response.aread()
        ticket = response.json()
        ticket_id = ticket["id"]
        self.tickets[ticket_id] = ticket["created_at"]
        if response.status_code != httpx.codes.CREATED:
            return
        self._posted[ticket_id] = started
        if len(self._posted) % VIEW_SAMPLE == 0:
            self._views.append(asyncio.create_task(self._read(ticket_id, started)))

    async def _read(self, ticket_id: str, started: float) -> float:
        answer = await self._client.get(f"/v1/tickets/{ticket_id}", params={"min_version": 1})
        answer.raise_for_status()
        return time.monotonic() - started

    async def _watch(self, feed: ClientConnection) -> None:
        async with feed:
            try:
                async for text in feed:
                    message = json.loads(text)
                    if message["type"] == "ticket.changed":
                        self._on_feed.setdefault(message["ticket"]["id"], time.monotonic())
                        async with self._heard:
                            self._heard.notify_all()
            except ConnectionClosed:
                return


async def _subscribed(feed: ClientConnection) -> None:
    while json.loads(await feed.recv())["type"] != "subscribed":
        pass
