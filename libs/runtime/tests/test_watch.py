"""What waits is counted in the database every few seconds, and a scrape asks nobody."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from conftest import Bench, MakeBench, running
from prometheus_client import REGISTRY

from deskstream_contracts import Event
from deskstream_runtime.clock import utc_now
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.postgres.backlog import ROWS_MAX, read_backlog
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.service import Service
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.waiting import eventually

_EVENTS = """
insert into outbox (topic, partition, key, headers, value, stored_at)
select 'x', 0, 'k', '[]', 'v', now() - interval '90 s' from generate_series(1, $1::int)
"""
_WORK = """
insert into work (id, kind, subject, payload, due_at, leased_until)
values (gen_random_uuid(), $1, gen_random_uuid(), '{}', $2, $3)
"""
_PARKED = """
insert into parked_record (topic, partition, record_offset, subject, error, parked_at)
values ('x', 0, $1, $2, 'ValueError', $3)
"""


@pytest.fixture
async def database(bench: Bench) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(bench.settings.postgres.dsn.get_secret_value())
    yield connection
    await connection.close()


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_nothing_waits(database: "asyncpg.Connection[Any]", clock: ManualClock) -> None:
    backlog = await read_backlog(database, ["note"], clock())
    counted = (backlog.outbox, backlog.held, backlog.parked_tickets, backlog.work_due["note"])
    assert set(counted) == {(0, 0.0, None)}


async def test_the_outbox_and_its_oldest(
    database: "asyncpg.Connection[Any]", clock: ManualClock
) -> None:
    await database.execute(_EVENTS, 3)
    outbox = (await read_backlog(database, [], clock())).outbox
    assert (outbox.number, outbox.first) == (3, 1)
    assert outbox.oldest_age_s >= 90
    after_two = (await read_backlog(database, [], clock(), outbox_after=2)).outbox
    assert (after_two.number, after_two.first) == (1, 3)


async def test_events_of_topics_set_aside(
    database: "asyncpg.Connection[Any]", clock: ManualClock
) -> None:
    await database.execute(
        "insert into topic_aside (topic, since, error, rows) values"
        " ('x', now() - interval '70 s', 'E', 4), ('y', now(), 'E', 2)"
    )
    held = (await read_backlog(database, [], clock())).held
    assert held.number == 6
    assert held.oldest_age_s >= 70


async def test_work_that_is_due_and_neither_leased_nor_due_later(
    database: "asyncpg.Connection[Any]", clock: ManualClock
) -> None:
    now = clock()
    ago, later = now - timedelta(seconds=40), now + timedelta(seconds=40)
    for due_at, leased_until in (
        (ago, None),
        (now, None),
        (ago - timedelta(hours=1), later),  # under way
        (ago - timedelta(hours=1), ago),  # its process is gone
        (later, None),
    ):
        await database.execute(_WORK, "note", due_at, leased_until)
    await database.execute(_WORK, "other", ago, None)
    due = (await read_backlog(database, ["note", "idle"], now)).work_due
    assert due == {"note": (3, 40.0, None), "idle": (0, 0.0, None)}


async def test_parked_tickets_are_counted_once_however_many_records_they_have(
    database: "asyncpg.Connection[Any]", clock: ManualClock
) -> None:
    now = clock()
    offsets = iter(range(100))
    for subject, records in ((uuid4(), 5), (uuid4(), 1)):
        for number in range(records):
            parked_at = now - timedelta(seconds=60 - number)
            await database.execute(_PARKED, next(offsets), subject, parked_at)
    parked = (await read_backlog(database, [], now)).parked_tickets
    assert (parked.number, parked.oldest_age_s) == (2, 60.0)


async def test_no_count_goes_further_than_its_limit(
    database: "asyncpg.Connection[Any]", clock: ManualClock
) -> None:
    await database.execute(_EVENTS, ROWS_MAX + 5)
    assert (await read_backlog(database, [], clock())).outbox.number == ROWS_MAX


async def test_every_part_that_health_names_has_its_metric(bench: Bench) -> None:
    """A part that no metric knows calls nobody, however long it is in trouble."""

    async def repair(tx: Transaction, events: Sequence[Event[Any]]) -> None:
        raise AssertionError

    infrastructure = Infrastructure("escalation", bench.settings, utc_now, packages=())
    own_log = OwnLog("escalation", bench.settings.kafka, infrastructure.database, repair)
    service = Service(infrastructure, routes=[], own_log=own_log)
    service._watch._look_at_parts()
    assert {"own_log", "relay", "database"} <= set(service.problems())
    for part in service.problems():
        assert value("deskstream_trouble_age_seconds", part=part) is not None, part


async def test_a_running_service_tells_its_metrics(
    make_bench: MakeBench, database: "asyncpg.Connection[Any]"
) -> None:
    bench = await make_bench(watch_interval_s=0.1)
    async with running(bench) as run:
        async with run.infrastructure.database.connection() as connection:
            later = utc_now() + timedelta(hours=1)
            await connection.execute(_PARKED, 1, UUID(int=7), utc_now() - timedelta(seconds=100))
            await connection.execute(_WORK, "note", later, None)

        def parked() -> bool:
            return value("deskstream_parked_tickets") == 1.0

        await eventually(parked)
        assert (value("deskstream_parked_oldest_age_seconds") or 0.0) >= 100
        assert value("deskstream_work_due", kind="note") == 0.0
        await eventually(lambda: value("deskstream_working") == 1.0)
        assert value("deskstream_ready") == 1.0
        assert value("deskstream_relay_active") == 1.0
        assert value("deskstream_consumer_halted") == 0.0
        assert value("deskstream_consumer_lag_records", topic="escalation.requested") == 0.0
        assert value("deskstream_trouble_age_seconds", part="consumer") == 0.0
        assert "a person: 1, the first" in run.service._health.warnings()["parked"]
