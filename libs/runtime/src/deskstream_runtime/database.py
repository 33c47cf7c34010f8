"""A service's own Postgres: one pool, opened when the server answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog

from deskstream_runtime.effects import Transaction
from deskstream_runtime.errors import Unavailable, is_transient
from deskstream_runtime.settings import PostgresSettings

_log = structlog.get_logger()


class Database:
    """The pool. Until it is open, and while every connection is busy, callers get `Unavailable`."""

    def __init__(self, settings: PostgresSettings, application: str) -> None:
        self._settings = settings
        self._application = application
        self._pool: asyncpg.Pool[Any] | None = None

    @property
    def is_open(self) -> bool:
        return self._pool is not None

    async def open(self) -> None:
        """Opens the pool, waiting as long as it takes for the server to answer."""
        delay_s = 0.1
        while self._pool is None:
            try:
                self._pool = await asyncpg.create_pool(
                    self._settings.dsn.get_secret_value(),
                    min_size=self._settings.connections_min,
                    max_size=self._settings.connections_max,
                    timeout=self._settings.connect_timeout_s,
                    command_timeout=self._settings.command_timeout_s,
                    max_inactive_connection_lifetime=300.0,
                    server_settings=self.server_settings(),
                    reset=_as_it_is,
                )
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("database.waiting", error=type(error).__name__)
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 2.0)

    async def close(self, within_s: float | None = None) -> None:
        """Closes connections once they are given back, or when time is up."""
        if self._pool is not None:
            try:
                async with asyncio.timeout(within_s or self._settings.command_timeout_s):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    def server_settings(self) -> dict[str, str]:
        """A session frozen inside its transaction must not hold a partition's row for ever."""
        idle_ms = int(self._settings.idle_in_transaction_timeout_s * 1000)
        return {
            "application_name": f"deskstream-{self._application}",
            "idle_in_transaction_session_timeout": str(idle_ms),
            "jit": "off",
        }

    async def connect(self) -> "asyncpg.Connection[Any]":
        """A connection outside the pool, for what lives long (the relay's lock)."""
        return await asyncpg.connect(
            self._settings.dsn.get_secret_value(),
            timeout=self._settings.connect_timeout_s,
            command_timeout=self._settings.command_timeout_s,
            server_settings=self.server_settings(),
        )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Transaction]:
        """A pooled connection with no transaction: for queries."""
        if self._pool is None:
            raise Unavailable("the database is not reachable yet")
        try:
            connection = await self._pool.acquire(timeout=self._settings.acquire_timeout_s)
        except TimeoutError:
            limit = self._settings.connections_max
            raise Unavailable(f"all {limit} database connections are busy") from None
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A pooled connection in a transaction, committed at the end unless an error leaves it."""
        async with self.connection() as connection, connection.transaction():
            yield connection


async def _as_it_is(connection: "asyncpg.Connection[Any]") -> None:
    """Gives a connection back without the pool's usual reset, which costs a round trip each time.

    There is nothing to reset: no session setting, lock, cursor or listener is ever left on one.
    """
