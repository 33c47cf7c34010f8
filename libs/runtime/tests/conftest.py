"""The toy service on real parts, with a database of its own that begins at the log's end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import httpx
import pytest
from runtime_toy import DEAD, SCHEMA, TOPIC, Toy, build

from deskstream_contracts import Event, UndecodableRecord, decode, topic_named
from deskstream_runtime.clock import utc_now
from deskstream_runtime.observability.telemetry import install_tracing
from deskstream_runtime.settings import ServiceSettings
from deskstream_runtime.testing.app import RunningService, running_service
from deskstream_runtime.testing.log import LogWriter, begin_at_the_end, log_writer, read_all
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually


@dataclass
class Bench:
    """A database for the toy, and ways to look at what it did."""

    settings: ServiceSettings
    bootstrap: str

    async def query(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Asks the toy's database on a connection of our own."""
        connection = await asyncpg.connect(self.settings.postgres.dsn.get_secret_value())
        try:
            return await connection.fetch(sql, *arguments)
        finally:
            await connection.close()

    async def execute(self, script: str) -> None:
        """Runs several statements, as a migration does."""
        connection = await asyncpg.connect(self.settings.postgres.dsn.get_secret_value())
        try:
            await connection.execute(script)
        finally:
            await connection.close()

    async def value(self, sql: str, *arguments: Any) -> Any:
        """The first column of the first row."""
        rows = await self.query(sql, *arguments)
        return rows[0][0] if rows else None

    async def count(self, sql: str, *arguments: Any) -> int:
        """The first column of the first row, a number."""
        return int(await self.value(sql, *arguments))

    async def handled(self, subject: UUID | None = None) -> list[UUID]:
        """Ids of the events handled, in the order of handling, as often as they were."""
        rows = await self.query(
            "select event_id from handled where $1::uuid is null or subject = $1 order by number",
            subject,
        )
        return [row["event_id"] for row in rows]

    async def handles(self, *events: Event[Any]) -> None:
        """Waits until these were handled, and says if any was handled twice."""
        wanted = {event.id for event in events}

        async def all_there() -> bool:
            return wanted <= set(await self.handled())

        await eventually(all_there, within_s=40, what=f"{len(wanted)} events handled")
        handled = [one for one in await self.handled() if one in wanted]
        assert sorted(handled) == sorted(wanted)

    async def events(self, topic: str) -> list[Event[Any]]:
        """All events of a topic, decoded."""
        records = await read_all(self.bootstrap, topic)
        return [decode(record.topic, record.headers, record.value) for record in records]

    async def events_of_toy(self) -> list[Event[Any]]:
        """The readable events of the topic the toy reads."""
        found = []
        for record in await read_all(self.bootstrap, TOPIC):
            with suppress(UndecodableRecord):
                found.append(decode(record.topic, record.headers, record.value))
        return found

    async def dead_letters(self, places: set[tuple[int, int]]) -> list[Any]:
        """The dead letters about these (partition, offset) of the toy's topic, in order."""
        bodies = [event.data for event in await self.events(DEAD)]
        return [body for body in bodies if (body.partition, body.offset) in places]

    async def parked(self) -> list[asyncpg.Record]:
        """The parked records, in order."""
        return await self.query("select * from parked_record order by seq")

    async def positions(self) -> dict[int, int]:
        """The toy's place in each partition."""
        rows = await self.query("select partition, next_offset from consumer_offset")
        return {row["partition"]: row["next_offset"] for row in rows}


@dataclass(frozen=True, slots=True)
class Running(RunningService):
    """A toy that runs in this process."""

    toy: Toy


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[Running]:
    """Runs the toy on the bench's database until it is ready, and stops it at the end."""
    service, toy = build(bench.settings, utc_now)
    async with running_service(service) as one:
        yield Running(one.service, one.infrastructure, one.http, one.failed, toy)


class MakeBench(Protocol):
    async def __call__(self, **overrides: Any) -> Bench: ...


@pytest.fixture
def make_bench(service_settings: SettingsFactory, kafka_topics: str) -> MakeBench:
    """A function: settings → a fresh database, beginning at the log's end."""

    async def make(**overrides: Any) -> Bench:
        bench = Bench(service_settings(ServiceSettings, **overrides), kafka_topics)
        await bench.execute(SCHEMA)
        await begin_at_the_end(bench.settings, [topic_named(TOPIC)])
        return bench

    return make


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """A fresh database with the usual settings."""
    return await make_bench()


@pytest.fixture
async def run(bench: Bench) -> AsyncIterator[Running]:
    """The toy, running."""
    install_tracing("toy")
    async with running(bench) as run:
        yield run


@pytest.fixture
def client(run: Running) -> httpx.AsyncClient:
    """A client of the toy with a key for every scope."""
    return run.http


@pytest.fixture
async def log(kafka_topics: str) -> AsyncIterator[LogWriter]:
    """Writes events and worse to the real log."""
    async with log_writer(kafka_topics) as writer:
        yield writer
