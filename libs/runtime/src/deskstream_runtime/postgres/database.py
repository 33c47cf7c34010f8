"""A service's own Postgres: one pool, opened when the server answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog

from deskstream_runtime.backoff import Backoff
from deskstream_runtime.errors import Unavailable, is_transient
from deskstream_runtime.postgres.connection import Connection, Transaction, in_transaction
from deskstream_runtime.settings import PostgresSettings

_log = structlog.get_logger()


_OPEN_FIRST_S = 0.1
_OPEN_MAX_S = 2.0
_APPLIED = "select version from schema_migrations"


class MigrationsMissing(Exception):
    """The database is older than the code."""


class Database:
    """The pool. Until it is open, and while every connection is busy, callers get `Unavailable`."""

    def __init__(
        self, settings: PostgresSettings, application: str, migrations: Collection[str] = ()
    ) -> None:
        """`migrations` are the versions that the code was written for (`migration_versions`)."""
        self._settings = settings
        self._application = application
        self._migrations = migrations
        self._pool: asyncpg.Pool[Any] | None = None
        self._look: Callable[[Connection], Awaitable[None]] | None = None
        self.problem: str | None = "not reachable yet"

    def on_connect(self, look: Callable[[Connection], Awaitable[None]]) -> None:
        """Lets `look` see each new connection of the pool before anybody uses it."""
        self._look = look

    async def open(self) -> None:
        """Opens the pool, waiting as long as it takes for the server and our tables to be there."""
        backoff = Backoff(_OPEN_FIRST_S, _OPEN_MAX_S)
        while self._pool is None:
            try:
                await self._check_migrations()
                self._pool = await self._new_pool()
            except MigrationsMissing as error:
                self.problem = str(error)
                _log.warning("database.migrations_missing", why=self.problem)
                await asyncio.sleep(backoff.next_s())
            except Exception as error:
                if not is_transient(error):
                    raise
                self.problem = f"not reachable yet ({type(error).__name__})"
                _log.warning("database.waiting", error=type(error).__name__)
                await asyncio.sleep(backoff.next_s())
        self.problem = None

    async def _check_migrations(self) -> None:
        """Raises `MigrationsMissing`. More than we know of is fine: a newer process brought it."""
        connection = await self.connect()
        try:
            applied = {row["version"] for row in await connection.fetch(_APPLIED)}
        except asyncpg.UndefinedTableError:
            applied = set()
        finally:
            await connection.close()
        missing = sorted(set(self._migrations) - applied)
        if missing:
            raise MigrationsMissing(
                f"the migrations {', '.join(missing)} are not applied: "
                f"run `python -m deskstream_{self._application} migrate`"
            )

    async def _new_pool(self) -> "asyncpg.Pool[Any]":
        return await asyncpg.create_pool(
            self._settings.dsn.get_secret_value(),
            min_size=self._settings.connections_min,
            max_size=self._settings.connections_max,
            timeout=self._settings.connect_timeout_s,
            command_timeout=self._settings.command_timeout_s,
            max_inactive_connection_lifetime=300.0,
            server_settings=self.server_settings(),
            init=self._looked_at,
            reset=_as_it_is,
        )

    async def _looked_at(self, connection: "asyncpg.Connection[Any]") -> None:
        if self._look is not None:
            await self._look(connection)

    async def close(self, within_s: float | None = None) -> None:
        """Closes connections once they are given back, or when time is up; 0: at once."""
        if self._pool is not None:
            limit_s = self._settings.command_timeout_s if within_s is None else within_s
            try:
                async with asyncio.timeout(limit_s):
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

    async def is_away(self, error: BaseException) -> bool:
        """Whether waiting helps against this error: the server does not answer a probe either.

        Otherwise what was asked is to blame: it takes too long, or breaks its connection.
        """
        if isinstance(error, Unavailable):
            return True
        return is_transient(error) and not await self._answers()

    async def _answers(self) -> bool:
        """Asks on a connection of its own; if it answers, the pool's are replaced.

        One of those may have died in silence, and would fail its next user.
        """
        try:
            async with asyncio.timeout(self._settings.probe_timeout_s):
                connection = await self.connect()
                try:
                    await connection.execute("select 1")
                finally:
                    await connection.close()
        except Exception as error:
            _log.warning("database.no_answer", error=type(error).__name__)
            return False
        if self._pool is not None:
            await self._pool.expire_connections()
        return True

    async def connect(self) -> "asyncpg.Connection[Any]":
        """A connection outside the pool, for what lives long (the relay's lock)."""
        return await asyncpg.connect(
            self._settings.dsn.get_secret_value(),
            timeout=self._settings.connect_timeout_s,
            command_timeout=self._settings.command_timeout_s,
            server_settings=self.server_settings(),
        )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A pooled connection with no transaction: for queries."""
        pool = self._pool
        if pool is None:
            raise Unavailable("the database is not reachable yet")
        try:
            connection = await pool.acquire(timeout=self._settings.acquire_timeout_s)
        except TimeoutError:
            limit = self._settings.connections_max
            raise Unavailable(f"all {limit} database connections are busy") from None
        try:
            yield connection
        finally:
            await pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A pooled connection in a transaction, committed at the end unless an error leaves it."""
        async with self.connection() as connection, in_transaction(connection) as tx:
            yield tx


async def _as_it_is(connection: "asyncpg.Connection[Any]") -> None:
    """Gives a connection back without the pool's usual reset, which costs a round trip each time.

    There is nothing to reset: no session setting, lock, cursor or listener is ever left on one.
    """
