"""One live client: what it asked for, and a bounded queue of what it has not got yet."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from uuid import UUID

from deskstream_projection.api.live.messages import Channel, Refresh, Subscribe
from deskstream_projection.domain.ticket_filter import matches


class LiveClient:
    """Messages wait here until the network takes them. Too many become one `refresh`."""

    def __init__(self, queue_max: int) -> None:
        self._queue_max = queue_max
        self._queue: deque[str] = deque()
        self._filled = asyncio.Event()
        self._subscriptions: dict[Channel, Subscribe] = {}
        self._facets: list[frozenset[str]] = []
        self._cursor = 0

    def subscribe(self, asked: Subscribe) -> None:
        """Replaces what was asked of the channel before."""
        self._subscriptions[asked.channel] = asked
        if asked.channel == "tickets":
            self._facets = asked.filter.facets() if asked.filter else []

    def unsubscribe(self, channel: Channel) -> None:
        """Asks for the channel no more."""
        self._subscriptions.pop(channel, None)

    def wants(self, channel: Channel) -> bool:
        """Whether the client asked for the channel."""
        return channel in self._subscriptions

    def wants_ticket(self, ticket_id: UUID, facets: frozenset[str]) -> bool:
        """Whether the client asked for this ticket, by its id or by its facets."""
        asked = self._subscriptions.get("tickets")
        if asked is None:
            return False
        if asked.ticket_ids is not None and ticket_id in asked.ticket_ids:
            return True
        if asked.filter is None and asked.ticket_ids is not None:
            return False
        return matches(self._facets, facets)

    def push(self, message: str) -> None:
        """Queues a message. When the queue is full, all that is in it becomes one `refresh`."""
        if len(self._queue) >= self._queue_max:
            self._queue.clear()
            message = Refresh(cursor=self._cursor).model_dump_json()
        self._queue.append(message)
        self._filled.set()

    def push_change(self, message: str, cursor: int) -> None:
        """Queues a message that carries a cursor."""
        self._cursor = cursor
        self.push(message)

    async def send_all(self, send: Callable[[str], Awaitable[None]], timeout_s: float) -> None:
        """Sends what is queued, until cancelled. Raises `TimeoutError` when a send takes longer."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._queue:
                async with asyncio.timeout(timeout_s):
                    await send(self._queue.popleft())
