"""A service's state made again from the log, beside the old one, which it replaces at the end.

The service must not run meanwhile. What stops a rebuild on its way leaves the state as it was.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import asyncpg
from pydantic import SecretStr

from deskstream_runtime.clock import Clock
from deskstream_runtime.consuming.positions import all_positions
from deskstream_runtime.kafka.positions import Positions, columns_of
from deskstream_runtime.postgres.connection import in_transaction
from deskstream_runtime.postgres.migrate import migrate, migration_versions
from deskstream_runtime.rebuilding import schema
from deskstream_runtime.rebuilding.fold import Fold, LogClock
from deskstream_runtime.rebuilding.plan import Rebuildable, RebuildPlan, RebuildRefused, Report
from deskstream_runtime.rebuilding.schema import Remade, inside
from deskstream_runtime.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)

_ONE_AT_A_TIME = "select pg_try_advisory_lock(hashtextextended('deskstream rebuild', 0))"
_RUNNING = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = $1
"""
_APPLIED = "select version from schema_migrations"
_LAST_SEQ = "select case when is_called then last_value else 0 end from outbox_seq_seq"
_LOCK_TIMEOUT = "select set_config('lock_timeout', $1, true)"
_HOLD_POSITIONS = "lock table consumer_offset in access exclusive mode"
_PUT_POSITIONS = """
insert into consumer_offset (topic, partition, next_offset)
select * from unnest($1::text[], $2::int[], $3::bigint[])
on conflict (topic, partition) do nothing
"""


class _Progress(NamedTuple):
    """What a running service moves: its positions, and the number of its last outbox row."""

    positions: Positions
    last_seq: int


async def rebuild(
    build: Callable[[S, Clock], Rebuildable], settings: S, report: Report
) -> list[Remade]:
    """Makes the service's state again and replaces the old one.

    Raises `RebuildRefused` while the service runs, when its database lacks migrations, or when the
    log does not lead to a state; and any transient error of a server that is away.
    """
    clock = LogClock()
    dsn = settings.postgres.dsn.get_secret_value()
    made = settings.postgres.model_copy(update={"dsn": SecretStr(inside(dsn))})
    service = build(settings.model_copy(update={"postgres": made}), clock)
    connection = await asyncpg.connect(
        dsn,
        timeout=settings.postgres.connect_timeout_s,
        server_settings={"application_name": f"deskstream-{service.infrastructure.name}-rebuild"},
    )
    try:
        return await _Rebuild(service, clock, connection, report).run(settings)
    finally:
        await connection.close()


class _Rebuild:
    def __init__(
        self,
        service: Rebuildable,
        clock: LogClock,
        connection: "asyncpg.Connection[Any]",
        report: Report,
    ) -> None:
        self._name = service.infrastructure.name
        self._database = service.infrastructure.database
        if service.rebuild is None:
            raise RebuildRefused(f"{self._name} keeps nothing that could be made again.")
        self._plan: RebuildPlan = service.rebuild
        self._connection = connection
        self._fold = Fold(service.infrastructure, self._plan, connection, clock, report)

    async def run(self, settings: ServiceSettings) -> list[Remade]:
        await self._must_be_possible()
        before = await self._progress()
        await self._prepare(settings)
        async with self._opened():
            positions = await self._fold.run(settings.kafka, before.positions)
        try:
            return await self._switch(before, positions, settings.postgres.rebuild_lock_timeout_s)
        except asyncpg.LockNotAvailableError as error:
            raise RebuildRefused(
                f"Somebody held the tables of {self._name} for longer than "
                f"{settings.postgres.rebuild_lock_timeout_s:g} s (DESK_POSTGRES_REBUILD_LOCK_"
                "TIMEOUT_S). Nothing was changed: end that transaction and try again."
            ) from error

    async def _must_be_possible(self) -> None:
        if not await self._connection.fetchval(_ONE_AT_A_TIME):
            raise RebuildRefused(f"{self._name} is being rebuilt already, by another process.")
        await self._must_not_run()
        try:
            rows = await self._connection.fetch(_APPLIED)
        except asyncpg.UndefinedTableError:
            rows = []
        if {row["version"] for row in rows} != migration_versions(f"deskstream_{self._name}"):
            raise RebuildRefused(
                f"The tables of {self._name} are not those of this version: run "
                f"`python -m deskstream_{self._name} migrate` first."
            )

    async def _must_not_run(self) -> None:
        running = await self._connection.fetchval(_RUNNING, f"deskstream-{self._name}")
        if running:
            raise RebuildRefused(
                f"{self._name} runs: its database has {running} connections of it. Stop each of "
                "its processes, then try again. Its state is as it was."
            )

    async def _progress(self) -> _Progress:
        positions = await all_positions(self._connection)
        return _Progress(positions, await self._connection.fetchval(_LAST_SEQ))

    async def _prepare(self, settings: ServiceSettings) -> None:
        await schema.drop(self._connection)
        dsn = inside(settings.postgres.dsn.get_secret_value())
        await asyncio.to_thread(migrate, dsn, f"deskstream_{self._name}")
        await schema.leave_only(self._connection, self._plan.tables)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        await self._database.open()
        try:
            yield
        finally:
            await self._database.close()

    async def _switch(
        self, before: _Progress, positions: Positions, lock_timeout_s: float
    ) -> list[Remade]:
        async with in_transaction(self._connection) as tx:
            await tx.execute(_LOCK_TIMEOUT, f"{lock_timeout_s * 1_000:.0f}")
            await tx.execute(_HOLD_POSITIONS)
            await self._must_not_run()
            if await self._progress() != before:
                raise RebuildRefused(
                    f"{self._name} ran while its state was made again. Nothing was changed: stop "
                    "it and try again."
                )
            await tx.execute(f"set local search_path to {schema.MADE}, {schema.STATE}")
            await self._plan.keep(tx)
            await tx.execute(f"set local search_path to {schema.STATE}")
            if not before.positions:
                await tx.execute(_PUT_POSITIONS, *columns_of(positions), [*positions.values()])
            remade = await schema.compare(tx, self._plan.tables)
            await schema.switch(tx, self._plan.tables)
        return remade
