"""Until when everything that was accepted is published, on a real database and a real log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from conftest import Bench
from runtime_toy import request_event

from deskstream_contracts import Event, decode
from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_runtime.clock import utc_now
from deskstream_runtime.effects import Effects
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.outbox.watermark import Watermark
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.settings import WatermarkSettings
from deskstream_runtime.testing.log import read_all
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.unit_of_work import UnitOfWork

SETTINGS = WatermarkSettings(interval_s=0.001, clocks_differ_max_s=1.0)
MARGIN = timedelta(seconds=1)


@pytest.fixture
async def database(bench: Bench) -> AsyncIterator[Database]:
    database = Database(bench.settings.postgres, "toy")
    await database.open()
    yield database
    await database.close()


async def said(database: Database) -> datetime | None:
    """What a relay with an empty outbox would say now; None when nothing may be said."""
    watermark = Watermark(SETTINGS)
    connection = await database.connect()
    try:
        await watermark.look(connection)
        event = watermark.advanced(None)
        return None if event is None else event.data.until
    finally:
        await connection.close()


async def test_it_is_the_time_now_less_what_clocks_may_differ(database: Database) -> None:
    before = utc_now()
    until = await said(database)
    assert until is not None
    assert before - MARGIN <= until <= utc_now() - MARGIN


async def test_an_open_transaction_of_the_service_holds_it(database: Database) -> None:
    async with database.transaction() as tx:
        begun_at = await tx.fetchval("select now()")
        assert await said(database) <= begun_at - MARGIN
        assert await said(database) <= begun_at - MARGIN
    assert await said(database) > begun_at - MARGIN


async def test_an_open_transaction_of_somebody_else_does_not(
    bench: Bench, database: Database
) -> None:
    backup = await asyncpg.connect(
        bench.settings.postgres.dsn.get_secret_value(),
        server_settings={"application_name": "pg_dump"},
    )
    async with backup.transaction():
        begun_at = await backup.fetchval("select now()")
        assert await said(database) > begun_at - MARGIN
    await backup.close()


async def test_nothing_is_said_where_sessions_of_the_service_cannot_be_looked_into(
    bench: Bench, database: Database
) -> None:
    """Another role, as when passwords are changed by turns: Postgres hides its transactions."""
    dsn = bench.settings.postgres.dsn
    parts = urlsplit(dsn.get_secret_value())
    role = f"other_{parts.path.strip('/')}"
    await bench.query(f"create role {role} login password 'other'")
    await bench.query(f"grant select on outbox to {role}")
    address = f"{role}:other@{parts.netloc.rpartition('@')[2]}"
    other = type(dsn)(urlunsplit(parts._replace(netloc=address)))
    settings = bench.settings.postgres.model_copy(update={"dsn": other})
    assert await said(Database(settings, "toy")) is None
    assert await said(database) is not None


@asynccontextmanager
async def relaying(bench: Bench, database: Database) -> AsyncIterator[UnitOfWork]:
    unit_of_work = UnitOfWork(database)
    stored, watermark = unit_of_work.events_stored, Watermark(SETTINGS)
    relay = Relay("escalation", bench.settings.kafka, database, stored, watermark=watermark)
    task = asyncio.create_task(relay.run())
    try:
        yield unit_of_work
    finally:
        relay.drain()
        await asyncio.wait([task], timeout=10)
        task.cancel()


async def test_it_never_passes_an_event_that_is_not_in_the_log(
    bench: Bench, database: Database
) -> None:
    """Transactions of any length, many at a time: what is older than a watermark came first."""
    events = [request_event() for _ in range(60)]
    written = []

    async def write(unit_of_work: UnitOfWork, event: Event[Any], number: int) -> None:
        async def act(tx: Transaction) -> Effects:
            timed = event._replace(time=utc_now())
            written.append(timed)
            await tx.execute("select pg_sleep($1)", number % 7 / 50)
            return Effects(events=[timed])

        await unit_of_work.run(act)

    async with relaying(bench, database) as unit_of_work:
        for start in range(0, len(events), 6):
            part = enumerate(events[start : start + 6])
            await asyncio.gather(*(write(unit_of_work, event, number) for number, event in part))
        last = max(event.time for event in written)
        await eventually(lambda: told(bench, after=last), what="a watermark past the last event")
    await each_watermark_was_true(bench, written)


async def told(bench: Bench, after: datetime) -> bool:
    records = await read_all(bench.bootstrap, WatermarkAdvanced.event_type)
    return any(decode_of(record).data.until > after for record in records)


def decode_of(record: Any) -> Event[Any]:
    return decode(record.topic, record.headers, record.value)


async def each_watermark_was_true(bench: Bench, written: list[Event[Any]]) -> None:
    """By the times that records were sent at: everything older than a watermark came before it."""
    keys = {str(event.id).encode() for event in written}
    sent_at = {
        decode_of(record).id: record.timestamp
        for record in await read_all(bench.bootstrap, "escalation.requested")
        if record.key in keys
    }
    assert len(sent_at) == len(written)
    for record in await read_all(bench.bootstrap, WatermarkAdvanced.event_type):
        until = decode_of(record).data.until
        for event in written:
            assert event.time >= until or sent_at[event.id] <= record.timestamp
