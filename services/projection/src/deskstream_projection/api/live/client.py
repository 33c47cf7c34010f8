"""One live client: its subscriptions, and a bounded queue of messages to it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from deskstream_projection.api.live.messages import Channel, Refresh, Subscribe
from deskstream_projection.domain.ticket_filter import matches


@dataclass(frozen=True, slots=True)
class _Queued:
    message: str
    is_news: bool


class LiveClient:
    """Messages are queued here until they are sent. Too many become one `refresh`."""

    def __init__(self, queue_max: int) -> None:
        self._queue_max = queue_max
        self._queue: deque[_Queued] = deque()
        self._news_count = 0
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._subscriptions: dict[Channel, Subscribe] = {}
        self._facets: list[frozenset[str]] = []
        self._cursor = 0

    def subscribe(self, asked: Subscribe) -> None:
        """Replaces an earlier subscription to the channel."""
        self._subscriptions[asked.channel] = asked
        if asked.channel == "tickets":
            self._facets = asked.filter.facets() if asked.filter else []

    def unsubscribe(self, channel: Channel) -> None:
        self._subscriptions.pop(channel, None)

    def wants(self, channel: Channel) -> bool:
        return channel in self._subscriptions

    def wants_ticket(
        self, ticket_id: UUID, facets: frozenset[str], *, is_news: bool = True
    ) -> bool:
        """Whether the client asked for this ticket, by its id or by its facets.

        A ticket whose past is being imported is no news, as thousands may be: it is sent to clients
        that named its id, or asked for imported tickets.
        """
        asked = self._subscriptions.get("tickets")
        if asked is None:
            return False
        if asked.ticket_ids is not None and ticket_id in asked.ticket_ids:
            return True
        if asked.filter is None and asked.ticket_ids is not None:
            return False
        asked_for_imported = asked.filter is not None and asked.filter.imported is True
        return (is_news or asked_for_imported) and matches(self._facets, facets)

    def push(self, message: str) -> None:
        """Queues an answer, which is never dropped: a client that asks too much is disconnected."""
        self._queue.append(_Queued(message, is_news=False))
        self._filled.set()
        self._emptied.clear()

    def push_news(self, message: str) -> None:
        """Queues news. When too many are queued, all of them become one `refresh`."""
        if self._news_count >= self._queue_max:
            self._queue = deque(queued for queued in self._queue if not queued.is_news)
            self._news_count = 0
            message = Refresh(cursor=self._cursor).model_dump_json()
        self._queue.append(_Queued(message, is_news=True))
        self._news_count += 1
        self._filled.set()
        self._emptied.clear()

    def push_change(self, message: str, cursor: int) -> None:
        """Queues news; `cursor` is where a client resumes that loads the list instead."""
        self.reached(cursor)
        self.push_news(message)

    def reached(self, cursor: int) -> None:
        """Every change before `cursor` is in the list, or was sent."""
        self._cursor = max(self._cursor, cursor)

    async def sent(self) -> None:
        """Returns when the queue is empty."""
        await self._emptied.wait()

    async def send_all(self, send: Callable[[str], Awaitable[None]], timeout_s: float) -> None:
        """Sends what is queued, until cancelled. Raises `TimeoutError` when a send takes longer."""
        while True:
            await self._filled.wait()
            while self._queue:
                queued = self._queue.popleft()
                self._news_count -= queued.is_news
                async with asyncio.timeout(timeout_s):
                    await send(queued.message)
            self._filled.clear()
            self._emptied.set()
