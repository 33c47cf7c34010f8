"""A service's state made again from the log, beside the old one, and put in its place at the end.

The service must not run meanwhile. What stops a rebuild on its way leaves the state as it was.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from aiokafka import TopicPartition
from pydantic import SecretStr

from deskstream_contracts import TOPICS, Event, UndecodableRecord, decode
from deskstream_runtime import rebuild_schema
from deskstream_runtime.clock import Clock
from deskstream_runtime.committed_offsets import committed_offsets
from deskstream_runtime.decoding import Delivered
from deskstream_runtime.effects import Transaction
from deskstream_runtime.errors import Rejected, is_transient
from deskstream_runtime.migrate import migrate, migration_versions
from deskstream_runtime.offsets import Positions
from deskstream_runtime.outbox import headers_from_text
from deskstream_runtime.rebuild_plan import RebuildPlan
from deskstream_runtime.rebuild_schema import Remade, inside
from deskstream_runtime.routing import Routes
from deskstream_runtime.settings import ServiceSettings
from deskstream_runtime.whole_log import WholeLog, log_time, whole_log

if TYPE_CHECKING:
    from deskstream_runtime.service import Service

S = TypeVar("S", bound=ServiceSettings)
Tell = Callable[[str], None]

_TELL_EVERY_RECORDS = 50_000
_ROWS = 500

_ONE_AT_A_TIME = "select pg_try_advisory_lock(hashtextextended('deskstream rebuild', 0))"
_RUNNING = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = $1
"""
_APPLIED = "select version from schema_migrations"
_POSITIONS = "select topic, partition, next_offset from consumer_offset"
_HOLD_POSITIONS = "lock table consumer_offset in access exclusive mode"
_PUT_POSITIONS = """
insert into consumer_offset (topic, partition, next_offset)
select * from unnest($1::text[], $2::int[], $3::bigint[])
on conflict (topic, partition) do nothing
"""
_PARKED = "select topic, partition, record_offset from parked_record"
# By the primary key of each; those set aside keep their numbers.
_UNSENT = """
(select seq, topic, headers, value from outbox where seq > $1 order by seq limit $2)
union all
(select seq, topic, headers, value from outbox_aside where seq > $1 order by seq limit $2)
order by seq limit $2
"""


class RebuildRefused(Exception):
    """The state cannot be made again now; it is as it was. The message says what to do."""


class LogClock:
    """Shows when what is handled now came into the log, as it was when it was handled first."""

    def __init__(self) -> None:
        self.now = datetime.fromtimestamp(0, UTC)

    def __call__(self) -> datetime:
        return self.now


async def rebuild(build: Callable[[S, Clock], "Service"], settings: S, tell: Tell) -> list[Remade]:
    """Makes the service's state again and puts it in the place of the old one.

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
        server_settings={"application_name": f"deskstream-{service.name}-rebuild"},
    )
    try:
        return await _Rebuild(service, clock, connection, tell).run(settings)
    finally:
        await connection.close()


class _Rebuild:
    def __init__(
        self,
        service: "Service",
        clock: LogClock,
        connection: "asyncpg.Connection[Any]",
        tell: Tell,
    ) -> None:
        if service.rebuild is None:
            raise RebuildRefused(f"{service.name} keeps nothing that could be made again.")
        self._name = service.name
        self._plan: RebuildPlan = service.rebuild
        self._routes = Routes(self._plan.routes)
        self._database = service.database
        self._clock = clock
        self._connection = connection
        self._tell = tell
        self._handled = 0

    async def run(self, settings: ServiceSettings) -> list[Remade]:
        await self._must_be_possible()
        positions = await self._positions()
        await self._prepare(settings)
        async with self._opened(), whole_log(settings.kafka) as log:
            ends = await self._ends(log, positions, settings)
            await self._read(log, ends)
            await self._take_unsent()
        return await self._switch(positions)

    async def _must_be_possible(self) -> None:
        if not await self._connection.fetchval(_ONE_AT_A_TIME):
            raise RebuildRefused(f"{self._name} is being rebuilt already, by another process.")
        await self._must_not_run(self._connection)
        try:
            rows = await self._connection.fetch(_APPLIED)
        except asyncpg.UndefinedTableError:
            rows = []
        if {row["version"] for row in rows} != migration_versions(f"deskstream_{self._name}"):
            raise RebuildRefused(
                f"The tables of {self._name} are not those of this version: run "
                f"`python -m deskstream_{self._name} migrate` first."
            )

    async def _must_not_run(self, connection: "asyncpg.Connection[Any] | Transaction") -> None:
        running = await connection.fetchval(_RUNNING, f"deskstream-{self._name}")
        if running:
            raise RebuildRefused(
                f"{self._name} runs: its database has {running} connections of it. Stop each of "
                "its processes, then try again. Its state is as it was."
            )

    async def _positions(self) -> Positions:
        return {
            TopicPartition(row["topic"], row["partition"]): row["next_offset"]
            for row in await self._connection.fetch(_POSITIONS)
        }

    async def _prepare(self, settings: ServiceSettings) -> None:
        await rebuild_schema.drop(self._connection)
        dsn = inside(settings.postgres.dsn.get_secret_value())
        await asyncio.to_thread(migrate, dsn, f"deskstream_{self._name}")
        await rebuild_schema.leave_only(self._connection, self._plan.tables)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        await self._database.open()
        try:
            yield
        finally:
            await self._database.close()

    # --- the log ----------------------------------------------------------------------------------

    async def _ends(
        self, log: WholeLog, positions: Positions, settings: ServiceSettings
    ) -> Positions:
        """How far to read: others' topics as far as we had, our own to their ends.

        What lies behind a position was never handled: the service will, with all that follows.
        """
        owned = {topic.name for topic in TOPICS if topic.owner == self._name}
        partitions = await log.partitions(self._routes.topics)
        log_ends = await log.ends(partitions)
        if not positions:
            positions.update(await self._left_in_kafka(log_ends, settings))
        ends = {
            place: log_ends[place] if place.topic in owned else positions.get(place, 0)
            for place in partitions
        }
        for place, end in ends.items():
            if end > log_ends[place]:
                raise RebuildRefused(
                    f"{place.topic}/{place.partition} was handled up to {end}, but the log ends at "
                    f"{log_ends[place]}: it was lost or made anew. Restore it first."
                )
        return ends

    async def _left_in_kafka(self, log_ends: Positions, settings: ServiceSettings) -> Positions:
        """A database that was lost knows no positions; Kafka has the last that we left there.

        Where nothing was left, all there is counts as handled: nothing may be done twice.
        """
        left = await committed_offsets(settings.kafka, self._name)
        if not left:
            self._tell("No positions are known: all that is in the log counts as handled.")
            return dict(log_ends)
        self._tell("The database knows no positions: reading as far as Kafka says it was handled.")
        return left

    async def _read(self, log: WholeLog, ends: Positions) -> None:
        parked = {
            (row["topic"], row["partition"], row["record_offset"])
            for row in await self._connection.fetch(_PARKED)
        }
        total = sum(ends.values())
        self._tell(f"Reading {total} records of {len(self._routes.topics)} topics.")
        told = 0
        async for batch in log.batches(ends):
            self._clock.now = log_time(batch)
            await self._apply(
                [one for one in batch if (*one.place, one.record.offset) not in parked]
            )
            if self._handled - told >= _TELL_EVERY_RECORDS:
                told = self._handled
                self._tell(f"{told} of {total}, up to {self._clock.now:%Y-%m-%d %H:%M} UTC.")

    async def _apply(self, batch: Sequence[Delivered]) -> None:
        """Hands a batch to the handlers. A record that they reject is a dead letter already."""
        try:
            await self._handle([one.event for one in batch if one.event is not None])
        except Exception as error:
            if is_transient(error):
                raise
            if len(batch) > 1:
                for one in batch:
                    await self._apply([one])
                return
            if isinstance(error, Rejected):
                return
            where = f"{batch[0].place.topic}/{batch[0].place.partition}/{batch[0].record.offset}"
            raise RebuildRefused(
                f"The handlers fail on the record {where} ({type(error).__name__}), though it was "
                "handled before. The state is as it was."
            ) from error

    async def _handle(self, events: Sequence[Event[Any]]) -> None:
        """What the handlers ask for is dropped: it was told and done when they asked first."""
        async with self._database.transaction() as tx:
            # A crash throws the schema away; the switch at the end waits for all of it.
            await tx.execute("set local synchronous_commit to off")
            for handler, group in self._routes.grouped(events):
                await handler(tx, group)
        self._handled += len(events)

    async def _take_unsent(self) -> None:
        """What waits in the outbox was decided, and will be in the log."""
        topics, after = set(self._routes.topics), 0
        while rows := await self._connection.fetch(_UNSENT, after, _ROWS):
            after = rows[-1]["seq"]
            events = list(_decoded(row for row in rows if row["topic"] in topics))
            if events:
                self._clock.now = max(self._clock.now, *(event.time for event in events))
                await self._handle(events)

    # --- the end ----------------------------------------------------------------------------------

    async def _switch(self, positions: Positions) -> list[Remade]:
        async with self._connection.transaction():
            await self._connection.execute(_HOLD_POSITIONS)
            await self._must_not_run(self._connection)
            was = await self._positions()
            if was and was != positions:
                raise RebuildRefused(
                    f"{self._name} ran while its state was made again. Nothing was changed: stop "
                    "it and try again."
                )
            await self._connection.execute(
                f"set local search_path to {rebuild_schema.MADE}, {rebuild_schema.STATE}"
            )
            await self._plan.keep(self._connection)
            await self._connection.execute(f"set local search_path to {rebuild_schema.STATE}")
            if not was:
                await self._connection.execute(
                    _PUT_POSITIONS,
                    [place.topic for place in positions],
                    [place.partition for place in positions],
                    list(positions.values()),
                )
            remade = await rebuild_schema.compare(self._connection, self._plan.tables)
            await rebuild_schema.switch(self._connection, self._plan.tables)
        return remade


def _decoded(rows: Iterable[Any]) -> Iterable[Event[Any]]:
    """The events in rows of the outbox; they were encoded by us."""
    for row in rows:
        try:
            yield decode(row["topic"], headers_from_text(row["headers"]), row["value"])
        except UndecodableRecord as error:
            raise RebuildRefused(
                f"The outbox row {row['seq']} cannot be read ({error.reason}): it was written by "
                "another version. Let that version send it first."
            ) from error
