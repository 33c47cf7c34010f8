"""A topic that Kafka refuses for good is held back; others continue; it is released by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from conftest import Bench, MakeBench
from runtime_toy import TOPIC, request_event

from deskstream_runtime.effects import Effects
from deskstream_runtime.observability.metrics import OUTBOX_FAILED
from deskstream_runtime.outbox.acks import SendReport
from deskstream_runtime.outbox.record_sender import RecordSender
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.testing.log import read_all
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.unit_of_work import UnitOfWork

_WRITE = """
insert into outbox (topic, partition, key, headers, value)
select $1, n.partition, convert_to(n.value, 'UTF8'), '[]', convert_to(n.value, 'UTF8')
from unnest($2::int[], $3::text[]) with ordinality n (partition, value, number) order by number
"""


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """Waits little for a broker's answer and between tries."""
    return await make_bench(kafka={"request_timeout_ms": 2_000, "relay_retry_most_s": 0.5})


@pytest.fixture
async def topic(bench: Bench) -> AsyncIterator[str]:
    """The name of a topic that is not there yet."""
    name = f"refused.{uuid4().hex[:8]}"
    yield name
    async with admin(bench) as client:
        if name in await client.list_topics():
            await client.delete_topics([name])


Accept = Callable[[int], Awaitable[set[bytes]]]


@asynccontextmanager
async def admin(bench: Bench) -> AsyncIterator[Any]:
    client = AIOKafkaAdminClient(bootstrap_servers=bench.bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def relaying(bench: Bench) -> AsyncIterator[tuple[Relay, Accept]]:
    """A relay that runs, and a function that accepts events of the toy's topic."""
    database = Database(bench.settings.postgres, "toy")
    await database.open()
    unit_of_work = UnitOfWork(database)
    relay = Relay("escalation", bench.settings.kafka, database, unit_of_work.events_stored)
    task = asyncio.create_task(relay.run())

    async def accept(count: int) -> set[bytes]:
        events = [request_event() for _ in range(count)]

        async def act(tx: Transaction) -> Effects:
            return Effects(events=events)

        await unit_of_work.run(act)
        return {str(event.id).encode() for event in events}

    try:
        yield relay, accept
    finally:
        relay.drain()
        await asyncio.wait([task], timeout=10)
        task.cancel()
        await database.close()


async def create(bench: Bench, name: str, partitions: int = 1, **config: str) -> None:
    async with admin(bench) as client:
        settings = {key.replace("_", "."): value for key, value in config.items()}
        await client.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])


async def configure(bench: Bench, name: str, **config: str) -> None:
    settings = {key.replace("_", "."): value for key, value in config.items()}
    async with admin(bench) as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, settings)])


async def values(bench: Bench, name: str) -> list[str]:
    """What a topic of one partition holds, in order, once each."""
    records = await read_all(bench.bootstrap, name)
    return list(dict.fromkeys(record.value.decode() for record in records))


async def arrived(bench: Bench, keys: set[bytes]) -> None:
    async def all_there() -> bool:
        return keys <= {record.key for record in await read_all(bench.bootstrap, TOPIC)}

    await eventually(all_there, within_s=40, what=f"{len(keys)} events of the other topic")


async def comes_back(bench: Bench, relay: Relay) -> None:
    async def is_back() -> bool:
        waiting = "select (select count(*) from outbox) + (select count(*) from outbox_aside)"
        held = await bench.query("select * from topic_aside")
        return not held and await bench.value(waiting) == 0 and relay.problem is None

    await eventually(is_back, within_s=60, what="the topic released")


async def test_a_topic_that_is_not_there_stops_no_other(bench: Bench, topic: str) -> None:
    async with relaying(bench) as (relay, accept):
        await bench.query(_WRITE, topic, [0, 0], ["first", "second"])
        keys = await accept(50)
        await arrived(bench, keys)

        async def both_held() -> str | None:
            return relay.problem if await bench.value("select rows from topic_aside") == 2 else None

        problem = await eventually(both_held, within_s=40)
        for word in (topic, "UnknownTopicOrPartitionError", "2 of its events wait", "`topics`"):
            assert word in problem
        await bench.query(_WRITE, topic, [0], ["third"])
        await arrived(bench, await accept(1))
        (held,) = await bench.query("select * from topic_aside")
        assert (held["topic"], held["error"]) == (topic, "UnknownTopicOrPartitionError")

        await create(bench, topic)
        await comes_back(bench, relay)
        await bench.query(_WRITE, topic, [0], ["fourth"])
        await comes_back(bench, relay)
        assert await values(bench, topic) == ["first", "second", "third", "fourth"]


async def test_a_partition_that_is_not_there(bench: Bench, topic: str) -> None:
    await create(bench, topic, partitions=1)
    async with relaying(bench) as (relay, accept):
        await bench.query(_WRITE, topic, [1, 0], ["first", "second"])
        await arrived(bench, await accept(1))
        await eventually(lambda: relay.problem and topic in relay.problem, within_s=40)
        async with admin(bench) as client:
            await client.create_partitions({topic: NewPartitions(2)})
        await comes_back(bench, relay)
    assert sorted(await values(bench, topic)) == ["first", "second"]


async def test_a_record_too_large_holds_back_those_behind_it(bench: Bench, topic: str) -> None:
    await create(bench, topic, max_message_bytes="2000")
    large = "large" * 1_000
    async with relaying(bench) as (relay, accept):
        await bench.query(_WRITE, topic, [0], ["small"])
        await bench.query(_WRITE, topic, [0, 0], [large, "behind it"])
        await arrived(bench, await accept(20))
        await eventually(lambda: "MessageSizeTooLargeError" in (relay.problem or ""), within_s=40)
        await arrived(bench, await accept(20))
        assert "behind it" not in await values(bench, topic)
        await configure(bench, topic, max_message_bytes="20000")
        await comes_back(bench, relay)
    assert await values(bench, topic) == ["small", large, "behind it"]


async def test_a_topic_held_back_is_so_for_the_next_relay_too(bench: Bench, topic: str) -> None:
    async with relaying(bench) as (relay, _):
        await bench.query(_WRITE, topic, [0], ["first"])
        await eventually(lambda: relay.problem and topic in relay.problem, within_s=40)
    await bench.query(_WRITE, topic, [0], ["second"])
    async with relaying(bench) as (relay, accept):
        await arrived(bench, await accept(1))
        await eventually(lambda: relay.problem and topic in relay.problem, within_s=40)
        await create(bench, topic)
        await comes_back(bench, relay)
    assert await values(bench, topic) == ["first", "second"]


class Unheard(RecordSender):
    """A sender that reaches the broker and hears nothing of its records, until `heard`."""

    heard = False

    async def send(self, rows: Sequence[Any]) -> SendReport:
        return await super().send(rows) if self.heard else SendReport((), (), {}, TimeoutError())


async def test_trouble_ends_with_the_first_ack_and_not_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskstream_runtime.outbox.relay.RecordSender", Unheard)
    monkeypatch.setattr(Unheard, "heard", False)
    failures = OUTBOX_FAILED.labels("TimeoutError")._value
    async with relaying(bench) as (relay, accept):
        await eventually(lambda: relay.problem is None, within_s=40)
        keys = await accept(1)
        await eventually(lambda: relay.problem is not None, within_s=40)
        before, ready = failures.get(), []

        def failed_again() -> bool:
            ready.append(relay.problem is None)
            return bool(failures.get() >= before + 2)

        await eventually(failed_again, within_s=40)
        assert not any(ready)
        monkeypatch.setattr(Unheard, "heard", True)
        await arrived(bench, keys)
        await eventually(lambda: relay.problem is None, within_s=40)
