"""Slow work: in order for each subject, bounded, leased, retried, given up, and never half done."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Protocol, TypeAlias
from uuid import UUID, uuid4

import pytest
from conftest import Bench
from runtime_toy import Note, request_event, toy_infrastructure

from deskstream_runtime.effects import Effects, Work
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.tables import opened
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.work.kind import (
    AttemptsSpent,
    Finished,
    GivenUp,
    LeasedWork,
    NeverRetry,
    RetryLater,
    WorkKind,
)
from deskstream_runtime.work.pool import WorkPool


class Store(Protocol):
    async def __call__(self, *texts: str, subject: UUID | None = None) -> list[UUID]: ...


Pool: TypeAlias = Callable[..., AbstractAsyncContextManager[WorkPool]]


class Provider:
    """The outside world: says what it did, and misbehaves on request."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.finished: list[str] = []
        self.given_up: dict[str, Exception] = {}
        self.running = 0
        self.running_max = 0
        self.fail: dict[str, Exception] = {}
        self.refuse_finish: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()

    async def perform(self, work: LeasedWork) -> str:
        text = Note.model_validate_json(work.payload).text
        self.begun.append(text)
        self.running += 1
        self.running_max = max(self.running_max, self.running)
        try:
            await self.gate.wait()
            if text in self.fail:
                raise self.fail[text]
            return text
        finally:
            self.running -= 1

    async def finish(self, tx: Transaction, finished: Sequence[Finished[str]]) -> Effects:
        for one in finished:
            if one.result in self.refuse_finish:
                raise ValueError(one.result)
        await tx.execute(
            "insert into outcome (text) select unnest($1::text[])", [one.result for one in finished]
        )
        self.finished += [one.result for one in finished]
        return Effects(events=[request_event(one.work.subject) for one in finished])

    async def give_up(self, tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        self.given_up |= {
            Note.model_validate_json(one.work.payload).text: one.error for one in given_up
        }
        return Effects()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def infrastructure(bench: Bench, clock: ManualClock) -> AsyncIterator[Infrastructure]:
    async with opened(toy_infrastructure(bench.settings, clock)) as infrastructure:
        yield infrastructure


@pytest.fixture
def store(infrastructure: Infrastructure, clock: ManualClock) -> Store:
    """A function: (texts, subject) → stored work; its subject is its own unless given."""

    async def act(*texts: str, subject: UUID | None = None) -> list[UUID]:
        items = [
            Work(uuid4(), "note", subject or uuid4(), Note(text=text), clock()) for text in texts
        ]

        async def keep(tx: Transaction) -> tuple[Effects, list[UUID]]:
            return Effects(work=items), [item.id for item in items]

        return await infrastructure.unit_of_work.run(keep)

    return act


@pytest.fixture
def pool(infrastructure: Infrastructure, provider: Provider) -> Pool:
    """A function: settings of the kind → a pool that runs while the block does."""

    @asynccontextmanager
    async def run(**settings: Any) -> AsyncIterator[WorkPool]:
        kind = WorkKind(
            "note",
            provider.perform,
            provider.finish,
            provider.give_up,
            retry_first_s=60,
            **settings,
        )
        one = WorkPool(infrastructure, kind)
        task = asyncio.create_task(one.run())
        try:
            yield one
        finally:
            provider.gate.set()
            one.drain()
            await asyncio.wait([task], timeout=10)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return run


async def all_done(bench: Bench) -> None:
    async def none_left() -> bool:
        return await bench.count("select count(*) from work") == 0

    await eventually(none_left)


async def postponed_after(bench: Bench, attempt: int) -> None:
    """Until a failed attempt is stored: the clock, moved before, would end its lease."""

    async def condition() -> bool:
        sql = "select count(*) from work where attempts = $1 and lease is null"
        return await bench.count(sql, attempt) == 1

    await eventually(condition, what=f"work postponed after attempt {attempt}")


async def test_work_is_done_and_its_effects_are_stored(
    bench: Bench, store: Store, pool: Pool, provider: Provider
) -> None:
    await store("a", "b", "c")
    async with pool():
        await all_done(bench)
    assert sorted(provider.finished) == ["a", "b", "c"]
    assert await bench.value("select count(*) from outbox") == 3
    assert provider.given_up == {}


async def test_rows_of_one_subject_go_in_order_one_at_a_time(
    bench: Bench, store: Store, pool: Pool, provider: Provider
) -> None:
    subject = uuid4()
    texts = [f"n{number}" for number in range(20)]
    await store(*texts, subject=subject)
    async with pool():
        await all_done(bench)
    assert provider.begun == provider.finished == texts
    assert provider.running_max == 1


async def test_a_later_row_waits_behind_one_that_failed(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    subject = uuid4()
    provider.fail["first"] = RuntimeError("no")
    await store("first", "second", subject=subject)
    await store("other")
    async with pool():
        await eventually(lambda: provider.finished == ["other"])
        clock.advance(50)
        assert provider.begun == ["first", "other"]
        provider.fail.clear()
        clock.advance(100)
        await all_done(bench)
    assert provider.finished == ["other", "first", "second"]


async def test_concurrency_is_bounded(
    bench: Bench, store: Store, pool: Pool, provider: Provider
) -> None:
    provider.gate.clear()
    await store(*(f"n{number}" for number in range(30)))
    async with pool(concurrency_max=4):
        await eventually(lambda: provider.running == 4)
        provider.gate.set()
        await all_done(bench)
    assert provider.running_max == 4
    assert len(provider.finished) == 30


async def test_work_due_later_is_left_until_then(
    bench: Bench, infrastructure: Infrastructure, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    later = Work(uuid4(), "note", uuid4(), Note(text="x"), clock() + timedelta(hours=1))

    async def keep(tx: Transaction) -> Effects:
        return Effects(work=[later])

    await infrastructure.unit_of_work.run(keep)
    async with pool() as one:
        one.wake()
        await eventually(lambda: not one._wake.is_set())
        assert provider.begun == []
        clock.advance(3_601)
        await all_done(bench)
    assert provider.finished == ["x"]


async def test_the_same_id_twice_is_one_piece_of_work(
    bench: Bench, infrastructure: Infrastructure, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    item = Work(uuid4(), "note", uuid4(), Note(text="x"), clock())

    async def keep(tx: Transaction) -> Effects:
        return Effects(work=[item])

    await infrastructure.unit_of_work.run(keep)
    await infrastructure.unit_of_work.run(keep)
    async with pool():
        await all_done(bench)
    assert provider.begun == ["x"]


async def test_retry_later_is_asked_for_and_kept_to(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    provider.fail["x"] = RetryLater(600, "rate limited")
    await store("x")
    async with pool():
        await eventually(lambda: provider.begun == ["x"])

        async def given_back() -> bool:
            return bool(await bench.value("select last_error from work") == "RetryLater")

        await eventually(given_back)
        assert await bench.value("select due_at from work") == clock() + timedelta(seconds=600)
        provider.fail.clear()
        clock.advance(601)
        await all_done(bench)
    assert provider.finished == ["x"]


async def test_never_retry_gives_up_at_once(
    bench: Bench, store: Store, pool: Pool, provider: Provider
) -> None:
    provider.fail["x"] = NeverRetry("no such number")
    await store("x")
    async with pool():
        await all_done(bench)
    assert provider.begun == ["x"]
    assert isinstance(provider.given_up["x"], NeverRetry)


async def test_after_the_last_attempt_it_is_given_up(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    provider.fail["x"] = RuntimeError("no")
    await store("x")
    async with pool(attempts_max=3):
        for attempt in (1, 2):
            await postponed_after(bench, attempt)
            clock.advance(1_000)
        await all_done(bench)
    assert provider.begun == ["x"] * 3
    assert isinstance(provider.given_up["x"], RuntimeError)


async def test_what_takes_too_long_is_stopped_and_tried_again(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    provider.gate.clear()
    await store("x")
    async with pool(timeout_s=0.1):
        await eventually(lambda: provider.begun == ["x"] and provider.running == 0)
        provider.gate.set()

        async def given_back() -> bool:
            return bool(await bench.value("select last_error from work") == "TimeoutError")

        await eventually(given_back)
        clock.advance(1_000)
        await all_done(bench)
    assert provider.finished == ["x"]


async def test_an_expired_lease_is_taken_over_and_the_late_one_is_dropped(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    provider.gate.clear()
    await store("x")
    async with pool(timeout_s=30.0):
        await eventually(lambda: provider.running == 1)
        clock.advance(46)
        async with pool(timeout_s=30.0):
            await eventually(lambda: provider.running == 2)
            provider.gate.set()
            await all_done(bench)
    assert provider.begun == ["x", "x"]
    assert provider.finished == ["x"]
    assert await bench.value("select count(*) from outbox") == 1


async def test_a_lease_that_holds_is_not_taken_over(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    provider.gate.clear()
    await store("x")
    async with pool(timeout_s=30.0):
        await eventually(lambda: provider.running == 1)
        clock.advance(40)
        async with pool(timeout_s=30.0) as second:
            await store("y")
            second.wake()
            await eventually(lambda: provider.running == 2)
            provider.gate.set()
            await all_done(bench)
    assert sorted(provider.begun) == ["x", "y"]


async def test_a_finish_that_fails_holds_up_no_other(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    provider.gate.clear()
    provider.refuse_finish = {"bad"}
    await store("a", "bad", "b")
    async with pool():
        await eventually(lambda: provider.running == 3)
        provider.gate.set()
        await eventually(lambda: sorted(provider.finished) == ["a", "b"])
        await postponed_after(bench, 1)
        provider.refuse_finish = set()
        clock.advance(1_000)
        await all_done(bench)
    assert provider.begun.count("bad") == 2
    assert sorted(provider.finished) == ["a", "b", "bad"]


async def test_a_finish_that_always_fails_is_given_up(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    provider.refuse_finish = {"bad"}
    await store("bad")
    async with pool(attempts_max=2):
        await postponed_after(bench, 1)
        clock.advance(1_000)
        await all_done(bench)
    assert provider.begun == ["bad", "bad"]
    assert isinstance(provider.given_up["bad"], ValueError)
    assert provider.finished == []


async def test_killed_between_perform_and_finish_it_is_performed_again(
    bench: Bench, store: Store, pool: Pool, provider: Provider, clock: ManualClock
) -> None:
    """The first process ends with its lease: nothing of it was stored."""
    await store("x")
    await bench.query(
        "update work set lease = $1, leased_until = $2, attempts = 1",
        uuid4(),
        clock() + timedelta(seconds=30),
    )
    async with pool() as one:
        one.wake()
        await eventually(lambda: not one._wake.is_set())
        assert provider.begun == []
        clock.advance(31)
        await all_done(bench)
    assert provider.finished == ["x"]


async def test_work_that_kills_its_process_is_given_up_and_not_tried_for_ever(
    bench: Bench, store: Store, pool: Pool, provider: Provider
) -> None:
    await store("x")
    await bench.query("update work set attempts = 5")
    async with pool(attempts_max=5):
        await all_done(bench)
    assert provider.begun == []
    assert isinstance(provider.given_up["x"], AttemptsSpent)


async def test_drained_it_finishes_what_is_in_flight_and_leases_no_more(
    bench: Bench, store: Store, pool: Pool, provider: Provider
) -> None:
    provider.gate.clear()
    await store(*(f"n{number}" for number in range(10)))
    async with pool(concurrency_max=3):
        await eventually(lambda: provider.running == 3)
    assert len(provider.finished) == 3
    assert await bench.value("select count(*) from work where lease is null") == 7


async def test_interrupted_it_gives_back_what_is_in_flight_and_counts_no_attempt(
    bench: Bench, store: Store, pool: Pool, provider: Provider
) -> None:
    provider.gate.clear()
    ids = await store(*(f"n{number}" for number in range(5)))
    async with pool(concurrency_max=3) as one:
        await eventually(lambda: provider.running == 3)
        one.drain()
        one.interrupt()

        async def given_back() -> bool:
            return await bench.count("select count(*) from work where lease is null") == 5

        await eventually(given_back)
    rows = await bench.query("select id, attempts, leased_until from work")
    assert {row["id"] for row in rows} == set(ids)
    assert {(row["attempts"], row["leased_until"]) for row in rows} == {(0, None)}
    assert provider.finished == []
    async with pool():
        await all_done(bench)
    assert len(provider.finished) == 5


async def test_interrupted_it_leaves_a_row_that_another_has_taken_over(
    bench: Bench, store: Store, pool: Pool, provider: Provider
) -> None:
    provider.gate.clear()
    await store("x")
    async with pool() as one:
        await eventually(lambda: provider.running == 1)
        await bench.query("update work set lease = $1, attempts = 2", uuid4())
        one.drain()
        one.interrupt()
        await eventually(lambda: provider.running == 0)
    (row,) = await bench.query("select lease, attempts from work")
    assert row["lease"] is not None
    assert row["attempts"] == 2
