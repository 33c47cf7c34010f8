"""A record parked while its ticket is replayed, or asked to be, is replayed too.

The consumer and the other side are two connections, and each case fixes which of them went first.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import TopicPartition
from conftest import Bench
from runtime_toy import TOPIC

from deskstream_runtime.clock import utc_now
from deskstream_runtime.dead_letters.parking_lot import (
    FailedRecord,
    next_to_replay,
    park,
    parked_subjects,
    request_replay,
    take,
)
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.waiting import eventually


def record(subject: UUID, offset: int) -> FailedRecord:
    return FailedRecord(TopicPartition(TOPIC, 0), offset, subject, "ValueError")


@pytest.fixture
async def connect(bench: Bench) -> AsyncIterator[Any]:
    """A function: → a connection to the toy's database, closed at the end."""
    opened = []

    async def one() -> "asyncpg.Connection[Any]":
        opened.append(await asyncpg.connect(bench.settings.postgres.dsn.get_secret_value()))
        return opened[-1]

    yield one
    for connection in opened:
        await connection.close()


async def done_or_waiting(bench: Bench, task: "asyncio.Task[Any]") -> None:
    """Until the other side has done all it can without the consumer's commit."""

    async def condition() -> bool:
        waiting = "select count(*) from pg_locks where not granted"
        return task.done() or await bench.value(waiting) > 0

    await eventually(condition, what="the other side")


async def all_replayed(connection: "asyncpg.Connection[Any]") -> list[int]:
    """Takes what was asked for until nothing is; the offsets, in order."""
    taken = []
    while waiting := await next_to_replay(connection, 10):
        for one in waiting:
            assert await take(Transaction(connection), one.seq)
            taken.append(one.offset)
    return taken


async def test_when_the_last_record_before_it_is_taken(
    bench: Bench, connect: Callable[[], Awaitable[Any]]
) -> None:
    subject = uuid4()
    consumer, replayer = await connect(), await connect()
    await park(replayer, [record(subject, 1)], utc_now())
    await request_replay(replayer, [subject], utc_now(), tickets_max=1)
    (first,) = await next_to_replay(replayer, 10)

    async with consumer.transaction():
        assert await parked_subjects(consumer, [subject]) == {subject}
        taking = asyncio.ensure_future(take(replayer, first.seq))
        await done_or_waiting(bench, taking)
        await park(consumer, [record(subject, 2)], utc_now())
    assert await taking

    assert await all_replayed(replayer) == [2]
    assert await bench.parked() == []


async def test_when_the_replay_is_asked_for_meanwhile(
    bench: Bench, connect: Callable[[], Awaitable[Any]]
) -> None:
    subject = uuid4()
    consumer, person = await connect(), await connect()
    await park(person, [record(subject, 1)], utc_now())

    async def ask() -> None:
        async with person.transaction():
            await request_replay(person, [subject], utc_now(), tickets_max=1)

    async with consumer.transaction():
        assert await parked_subjects(consumer, [subject]) == {subject}
        await park(consumer, [record(subject, 2)], utc_now())
        asking = asyncio.ensure_future(ask())
        await done_or_waiting(bench, asking)
    await asking

    assert await all_replayed(person) == [1, 2]
    assert await bench.parked() == []


async def test_a_ticket_whose_last_record_is_being_taken_is_not_parked_any_more(
    bench: Bench, connect: Callable[[], Awaitable[Any]]
) -> None:
    """The consumer waits for the replay to end, and then handles what it has."""
    subject = uuid4()
    consumer, replayer = await connect(), await connect()
    await park(replayer, [record(subject, 1)], utc_now())
    (seq,) = (row["seq"] for row in await bench.parked())
    async with replayer.transaction():
        assert await take(replayer, seq)
        looking = asyncio.ensure_future(parked_subjects(consumer, [subject]))
        await done_or_waiting(bench, looking)
    assert await looking == set()


async def test_behind_a_ticket_nobody_replays_it_waits(
    bench: Bench, connect: Callable[[], Awaitable[Any]]
) -> None:
    subject, other = uuid4(), uuid4()
    consumer = await connect()
    await park(consumer, [record(subject, 1)], utc_now())
    async with consumer.transaction():
        assert await parked_subjects(consumer, [subject, other]) == {subject}
        await park(consumer, [record(subject, 2)], utc_now())
    assert await all_replayed(consumer) == []
    assert len(await bench.parked()) == 2
