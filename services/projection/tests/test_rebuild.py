"""The views made again from the log are the views of before."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from example_events import example_events
from stored import Connection
from ticket_history import TicketHistory

import deskstream_contracts
from deskstream_contracts import Event
from deskstream_projection.adapters.read_model_store import ReadModelStore, forget_minutes
from deskstream_projection.app import TABLES, build
from deskstream_projection.domain.fold import EVENT_TYPES
from deskstream_projection.handlers.events import EventHandlers
from deskstream_projection.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import Handler, on
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction, in_transaction
from deskstream_runtime.rebuilding.plan import RebuildPlan, RebuildRefused
from deskstream_runtime.rebuilding.rebuild import rebuild
from deskstream_runtime.rebuilding.state_dump import dump
from deskstream_runtime.service import Service
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually

EXAMPLES = Path(deskstream_contracts.__file__).parents[2] / "examples"


@pytest.fixture
def settings(new_settings: Callable[..., Settings]) -> Settings:
    """Nothing is too old for roll-ups by the minute, unless a test says so."""
    return new_settings(minutes_kept_days=36_500)


@asynccontextmanager
async def has_read(
    settings: Settings, database: Connection, *events: Event[Any]
) -> AsyncIterator[Service]:
    """The service runs, and has these events in its views."""
    service = build(settings, utc_now)
    async with service.running():
        wanted = [event.id for event in events]

        async def all_there() -> bool:
            found = await database.fetchval(
                "select count(*) from timeline where event_id = any($1::uuid[])", wanted
            )
            return bool(found == len(set(wanted)))

        await eventually(all_there, within_s=60, what="the events in the views")
        yield service


def history(number: int) -> list[Event[Any]]:
    """A ticket's life with a bit of everything."""
    ticket = TicketHistory(number)
    ticket.score(score=-0.7)
    ticket.triage()
    ticket.draft()
    ticket.escalate()
    ticket.clock("start")
    ticket.approve()
    ticket.message("outbound")
    ticket.resolve()
    return list(ticket.events)


async def views_of(
    settings: Settings, database: Connection, log: LogWriter, *events: Event[Any]
) -> dict[str, list[str]]:
    """The views once the service has read these events and stands still."""
    await log.write(*events)
    async with has_read(settings, database, *events):
        pass
    return await dump(database, TABLES)


async def test_views_made_again_are_those_of_before(
    settings: Settings, database: Connection, log: LogWriter, kafka_topics: str
) -> None:
    before = await views_of(settings, database, log, *example_events(EXAMPLES), *history(10))
    positions = await database.fetch("select * from consumer_offset order by 1, 2")
    reported: list[str] = []
    remade = await rebuild(build, settings, reported.append)
    assert await dump(database, TABLES) == before
    assert [one.differing for one in remade] == [0] * len(TABLES)
    assert {one.table: one.rows for one in remade} == {t: len(r) for t, r in before.items()}
    assert await database.fetch("select * from consumer_offset order by 1, 2") == positions
    assert await left_overs(database) == 0


async def test_a_wrong_view_is_corrected_and_reported(
    settings: Settings, database: Connection, log: LogWriter
) -> None:
    events = history(11)
    before = await views_of(settings, database, log, *events)
    await database.execute("delete from draft where ticket_id = $1", events[0].subject)
    await database.execute("update ticket set status = 'lost' where id = $1", events[0].subject)
    remade = await rebuild(build, settings, lambda _: None)
    assert {one.table: one.differing for one in remade if one.differing} == {
        "draft": 1,
        "ticket": 2,
    }
    assert await dump(database, TABLES) == before


async def test_minutes_that_were_forgotten_stay_so(
    settings: Settings, database: Connection, log: LogWriter
) -> None:
    events = history(16)
    await views_of(settings, database, log, *events)
    async with in_transaction(database) as tx:
        await forget_minutes(tx, max(event.time for event in events) + timedelta(minutes=1))
    late = history(18)
    assert late[0].time == events[0].time
    before = await views_of(settings, database, log, *late)
    remade = await rebuild(build, settings, lambda _: None)
    assert [one.differing for one in remade] == [0] * len(TABLES)
    after = await dump(database, TABLES)
    removed = set(before["roll_up"]) - set(after["roll_up"])
    assert removed
    assert all('"grain": "minute"' in row for row in removed)
    kept = [row for row in before["roll_up"] if row not in removed]
    assert after == before | {"roll_up": kept}


async def test_what_was_not_read_before_is_left_to_the_service(
    settings: Settings, database: Connection, log: LogWriter
) -> None:
    first, second = history(12), history(13)
    await views_of(settings, database, log, *first)
    await log.write(*second)
    await rebuild(build, settings, lambda _: None)
    rows = await database.fetch("select id from ticket where id = $1", second[0].subject)
    assert rows == []
    async with has_read(settings, database, *first, *second):
        pass


async def test_refused_while_the_service_runs(
    settings: Settings, database: Connection, kafka_topics: str
) -> None:
    async with has_read(settings, database):
        with pytest.raises(RebuildRefused, match="projection runs"):
            await rebuild(build, settings, lambda _: None)
    assert await left_overs(database) == 0


async def test_refused_when_the_tables_are_of_another_version(
    service_settings: SettingsFactory,
) -> None:
    own = service_settings(Settings, "deskstream_projection")
    database = await asyncpg.connect(own.postgres.dsn.get_secret_value())
    await database.execute("delete from schema_migrations where version = '20261129000200'")
    await database.close()
    with pytest.raises(RebuildRefused, match="deskstream_projection migrate"):
        await rebuild(build, own, lambda _: None)


READ = "update consumer_offset set next_offset = next_offset + 1"
SENT = """
insert into outbox (topic, partition, key, headers, value) values ('x', 0, 'k', '[]', 'v');
delete from outbox;
"""


@pytest.mark.parametrize("did", [READ, SENT], ids=["read", "sent"])
async def test_one_that_ran_meanwhile_keeps_what_it_did(
    settings: Settings, database: Connection, log: LogWriter, did: str
) -> None:
    before = await views_of(settings, database, log, *history(14))

    async def runs(tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        await database.execute(did)
        return Effects()

    with pytest.raises(RebuildRefused, match="ran while its state was made again"):
        await rebuild(handled_by(runs), settings, lambda _: None)
    assert await dump(database, TABLES) == before


async def test_refused_while_somebody_holds_a_table(
    settings: Settings, database: Connection, log: LogWriter
) -> None:
    before = await views_of(settings, database, log, *history(40))
    impatient = settings.postgres.model_copy(update={"rebuild_lock_timeout_s": 0.1})
    settings = settings.model_copy(update={"postgres": impatient})
    holder = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        async with holder.transaction():
            await holder.execute("select from ticket limit 1")
            with pytest.raises(RebuildRefused, match=r"held the tables of projection .* 0\.1 s"):
                await rebuild(build, settings, lambda _: None)
    finally:
        await holder.close()
    assert await dump(database, TABLES) == before


async def test_a_batch_that_takes_too_long_is_taken_in_smaller_parts(
    settings: Settings, database: Connection, log: LogWriter
) -> None:
    before = await views_of(settings, database, log, *history(17))
    projector = EventHandlers(ReadModelStore(), lambda: None)
    seen: set[UUID] = set()

    async def slow(tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        if len(events) > 3:
            raise TimeoutError
        await projector.project(tx, events)
        return Effects(on_commit=lambda: seen.update(event.id for event in events))

    remade = await rebuild(handled_by(slow), settings, lambda _: None)
    assert seen == {row["event_id"] for row in await database.fetch("select * from timeline")}
    assert [one.differing for one in remade] == [0] * len(TABLES)
    assert await dump(database, TABLES) == before


async def test_a_record_that_fails_leaves_all_as_it_was_and_is_named(
    settings: Settings, database: Connection, log: LogWriter
) -> None:
    before = await views_of(settings, database, log, *history(15))

    async def fails(tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        raise ValueError("broken")

    with pytest.raises(RebuildRefused, match=r"fail on the record [a-z_.]+/\d/\d+ \(ValueError\)"):
        await rebuild(handled_by(fails), settings, lambda _: None)
    assert await dump(database, TABLES) == before
    remade = await rebuild(build, settings, lambda _: None)
    assert [one.differing for one in remade] == [0] * len(TABLES)


def handled_by(handler: Handler[Any]) -> Callable[[Settings, Clock], Service]:
    """The projection with another handler for rebuilds."""

    def build_so(settings: Settings, clock: Clock) -> Service:
        service = build(settings, clock)
        service.rebuild = RebuildPlan([on(handler, *EVENT_TYPES)], TABLES)
        return service

    return build_so


async def left_overs(database: Connection) -> int:
    """Schemas of a rebuild."""
    found: int = await database.fetchval(
        "select count(*) from pg_namespace where nspname = 'rebuild'"
    )
    return found
