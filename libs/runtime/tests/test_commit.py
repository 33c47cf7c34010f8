"""The one way to write: all of it or nothing, and what waits is woken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import pytest
from conftest import Bench, MakeBench
from runtime_toy import Note, request_event

from deskstream_runtime.effects import NO_EFFECTS, Effects, Work, merged
from deskstream_runtime.errors import Unavailable
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.unit_of_work import UnitOfWork


@pytest.fixture
async def database(make_bench: MakeBench) -> AsyncIterator[Database]:
    bench = await make_bench(postgres={"connections_max": 2, "acquire_timeout_s": 0.1})
    database = Database(bench.settings.postgres, "toy")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def unit_of_work(database: Database) -> UnitOfWork:
    return UnitOfWork(database)


async def rows(database: Database, table: str) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval(f"select count(*) from {table}"))


def effects(clock: ManualClock) -> Effects:
    work = Work(uuid4(), "note", uuid4(), Note(text="x"), clock())
    return Effects(events=[request_event()], work=[work])


async def test_state_events_and_work_are_stored_together(
    unit_of_work: UnitOfWork, database: Database, clock: ManualClock
) -> None:
    woken = []
    unit_of_work.on_work("note", lambda: woken.append("note"))
    unit_of_work.on_work("other", lambda: woken.append("other"))

    async def act(tx: Transaction) -> tuple[Effects, str]:
        await tx.execute("insert into outcome (text) values ('x')")
        return effects(clock), "result"

    assert await unit_of_work.run(act) == "result"
    assert [await rows(database, t) for t in ("outcome", "outbox", "work")] == [1, 1, 1]
    assert unit_of_work.events_stored.is_set()
    assert woken == ["note"], "only who performs this kind"


async def test_an_error_leaves_nothing(unit_of_work: UnitOfWork, database: Database) -> None:
    async def act(tx: Transaction) -> Effects:
        await tx.execute("insert into outcome (text) values ('x')")
        raise KeyError("broken")

    with pytest.raises(KeyError):
        await unit_of_work.run(act)
    assert [await rows(database, t) for t in ("outcome", "outbox", "work")] == [0, 0, 0]
    assert not unit_of_work.events_stored.is_set()


async def test_an_event_no_reader_would_take_leaves_nothing(
    unit_of_work: UnitOfWork, database: Database
) -> None:
    event = request_event()
    bad = event._replace(data=event.data.model_copy(update={"note": "a\0b"}))

    async def act(tx: Transaction) -> Effects:
        await tx.execute("insert into outcome (text) values ('x')")
        return Effects(events=[request_event(), bad])

    with pytest.raises(ValueError, match=r"U\+0000"):
        await unit_of_work.run(act)
    assert [await rows(database, t) for t in ("outcome", "outbox")] == [0, 0]


async def test_nothing_to_do_wakes_nobody(unit_of_work: UnitOfWork) -> None:
    woken = []
    unit_of_work.on_work("note", lambda: woken.append("note"))

    async def act(tx: Transaction) -> Effects:
        return NO_EFFECTS

    await unit_of_work.run(act)
    assert not unit_of_work.events_stored.is_set()
    assert not woken


async def test_what_runs_after_the_commit_cannot_undo_it(
    unit_of_work: UnitOfWork, database: Database
) -> None:
    called = []

    def fail() -> None:
        called.append("failed")
        raise ValueError("too late")

    async def act(tx: Transaction) -> Effects:
        await tx.execute("insert into outcome (text) values ('x')")
        return Effects(on_commit=fail)

    await unit_of_work.run(act)
    assert called == ["failed"]
    assert await rows(database, "outcome") == 1


def test_effects_are_merged_in_order() -> None:
    order: list[int] = []
    first, second = request_event(), request_event()
    both = merged(
        [
            Effects(events=[first], on_commit=lambda: order.append(1)),
            NO_EFFECTS,
            Effects(events=[second], on_commit=lambda: order.append(2)),
        ]
    )
    assert both.on_commit is not None
    both.on_commit()
    assert both.events == [first, second]
    assert order == [1, 2]
    assert merged([NO_EFFECTS]).on_commit is None


async def test_when_every_connection_is_busy_callers_are_told(database: Database) -> None:
    async with database.connection(), database.connection():
        with pytest.raises(Unavailable, match="all 2 database connections are busy"):
            async with database.connection():
                pass
    assert await rows(database, "outcome") == 0


async def test_before_it_is_open_callers_are_told(bench: Bench) -> None:
    with pytest.raises(Unavailable):
        async with Database(bench.settings.postgres, "toy").connection():
            pass


async def ticking(ticker: ScheduledJob, unit_of_work: UnitOfWork) -> "asyncio.Task[None]":
    return asyncio.create_task(ticker.run(unit_of_work))


async def test_a_ticker_goes_on_at_once_while_there_is_more(
    unit_of_work: UnitOfWork, database: Database
) -> None:
    left = [3]

    async def act(tx: Transaction) -> Effects:
        left[0] -= 1
        return Effects(events=[request_event()] if left[0] >= 0 else [])

    task = await ticking(ScheduledJob("toy", 3_600.0, act), unit_of_work)
    await eventually(lambda: left[0] == -1)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await rows(database, "outbox") == 3


async def test_a_tick_that_fails_is_rolled_back_and_tried_again(
    unit_of_work: UnitOfWork, database: Database
) -> None:
    tries = []

    async def act(tx: Transaction) -> Effects:
        tries.append(1)
        await tx.execute("insert into tick default values")
        if len(tries) < 3:
            raise ValueError("not yet")
        return NO_EFFECTS

    task = await ticking(ScheduledJob("toy", 0.01, act), unit_of_work)
    await eventually(lambda: len(tries) > 5)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert 0 < await rows(database, "tick") <= len(tries) - 2
