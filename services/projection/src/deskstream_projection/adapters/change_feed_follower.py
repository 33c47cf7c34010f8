"""Follows the change feed for all who wait in this process: woken by commits, or by a slow poll."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import structlog

from deskstream_projection.adapters.change_feed import ChangeBatch, changes_since, current_position
from deskstream_projection.settings import LiveSettings
from deskstream_runtime.errors import is_transient
from deskstream_runtime.postgres.connection import Connection
from deskstream_runtime.postgres.database import Database

_log = structlog.get_logger()

Listener = Callable[[Connection, ChangeBatch], Awaitable[None]]


class ChangeFeedFollower:
    """One reader of the change feed per process. Unwatched, it only keeps its position."""

    def __init__(self, database: Database, settings: LiveSettings) -> None:
        self._database = database
        self._interval_s = settings.interval_ms / 1_000
        self._poll_s = settings.poll_s
        self._events_max = settings.replay_facts_max
        self._woken = asyncio.Event()
        self._round = asyncio.Lock()
        self._position: int | None = None
        self._known: frozenset[int] = frozenset()
        self._listener: Listener | None = None
        self._waiting: defaultdict[UUID, set[asyncio.Future[None]]] = defaultdict(set)

    def wake(self) -> None:
        """Something was committed, here or elsewhere."""
        if self._is_watched():
            self._woken.set()

    def listen(self, listener: Listener | None) -> None:
        """Calls `listener` with every change from now on, a round at a time; None stops it."""
        self._listener = listener
        self._woken.set()

    async def run(self) -> None:
        """Reads what changed until cancelled."""
        while True:
            try:
                await self._read()
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("change_feed.waiting", error=type(error).__name__)
                await asyncio.sleep(self._poll_s)
            await asyncio.sleep(self._interval_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._woken.wait()

    @asynccontextmanager
    async def between_rounds(self) -> AsyncIterator[tuple[Connection, int]]:
        """A connection and the position up to which changes were passed on, while no round runs.

        What has changed until now is passed on first, so the position is the newest.
        """
        async with self._round, self._database.connection() as connection:
            yield connection, await self._catch_up(connection)

    async def wait_for_change(self, ticket_id: UUID, timeout_s: float) -> None:
        """Returns when the ticket has changed, or after `timeout_s` at the latest."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[ticket_id].add(future)
        self._woken.set()
        try:
            await asyncio.wait([future], timeout=timeout_s)
        finally:
            waiting = self._waiting[ticket_id]
            waiting.discard(future)
            if not waiting:
                del self._waiting[ticket_id]

    async def _read(self) -> None:
        # Cleared before reading: a commit during the round starts another.
        self._woken.clear()
        async with self._round, self._database.connection() as connection:
            await self._catch_up(connection)

    async def _catch_up(self, connection: Connection) -> int:
        """Passes on what changed since the last round. Returns the new position."""
        if self._position is None or not self._is_watched():
            self._position = await current_position(connection)
            self._known = frozenset()
            return self._position
        changed = await changes_since(connection, self._position, self._known, self._events_max)
        if self._listener is not None and (changed.tickets or not changed.complete):
            await self._listener(connection, changed)
        self._wake_waiting(changed)
        self._known = frozenset(
            known for known in self._known | changed.transactions if known >= changed.position
        )
        self._position = changed.position
        return self._position

    def _is_watched(self) -> bool:
        return self._listener is not None or bool(self._waiting)

    def _wake_waiting(self, changed: ChangeBatch) -> None:
        for ticket_id in self._waiting.keys() & changed.tickets.keys():
            for future in self._waiting[ticket_id]:
                if not future.done():
                    future.set_result(None)
