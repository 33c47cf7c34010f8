"""A topic deleted and made anew: taken up where nothing was lost, else held; others are read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from conftest import Bench
from runtime_toy import TOPIC, build, request_event

from deskstream_contracts import Topic
from deskstream_runtime.consuming.held_topics import CannotRestart, restart_topic
from deskstream_runtime.consuming.routing import Routes
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import create_topics, existing_topics
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.service import Service
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


@pytest.fixture
async def rare(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Topic:
    """A topic that the toy reads too, with one partition; it is there, and empty."""
    topic = Topic(f"made.anew.{uuid4().hex}", "ai", ("escalation",), 1, "A topic to lose.")
    monkeypatch.setattr(Routes, "topics", property(lambda _: (TOPIC, topic.name)))
    await create_topics(KafkaAccess(bench.bootstrap), [topic])
    return topic


@asynccontextmanager
async def service_of(bench: Bench) -> AsyncIterator[Service]:
    service, _ = build(bench.settings)
    async with service.running():
        await eventually(lambda: service.problems().keys() <= {"topics"}, within_s=40)
        yield service


async def delete(bench: Bench, topic: Topic) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=bench.bootstrap)
    await client.start()
    try:
        await client.delete_topics([topic.name])
    finally:
        await client.close()


async def made(bench: Bench, topic: Topic) -> None:
    """As soon as the broker has forgotten the topic of before."""
    access = KafkaAccess(bench.bootstrap)

    async def is_made() -> bool:
        await create_topics(access, [topic])
        return topic.name in await existing_topics(access, within_s=5)

    await eventually(is_made, within_s=20, what="a topic made anew")


async def others_are_read(bench: Bench, log: LogWriter) -> None:
    events = [request_event() for _ in range(3)]
    await log.write(*events)
    await bench.handles(*events)


async def is_named(service: Service, topic: Topic, why: str) -> None:
    def named() -> bool:
        said = service.problems()
        return set(said) == {"topics"} and topic.name in said["topics"] and why in said["topics"]

    await eventually(named, within_s=40, what=f"{why}: {topic.name}")


async def is_handled_up_to(bench: Bench, topic: Topic, offset: int) -> None:
    async def there() -> bool:
        sql = "select next_offset from consumer_offset where topic = $1"
        return bool(await bench.value(sql, topic.name) == offset)

    await eventually(there, within_s=40, what=f"position {offset}")


async def restart(bench: Bench, topic: Topic) -> None:
    database = Database(bench.settings.postgres, "person")
    await database.open()
    try:
        async with database.transaction() as tx:
            await restart_topic(tx, topic.name)
    finally:
        await database.close()


async def test_one_of_which_nothing_had_been_read_is_taken_up(
    bench: Bench, log: LogWriter, rare: Topic
) -> None:
    async with service_of(bench) as service:
        await others_are_read(bench, log)
        await delete(bench, rare)
        await is_named(service, rare, "not there and not read")
        await others_are_read(bench, log)

        await create_topics(KafkaAccess(bench.bootstrap), [rare])
        await log.write_raw(rare.name, b"{")
        await is_handled_up_to(bench, rare, 1)
        await eventually(lambda: service.problems() == {}, within_s=40)
        await others_are_read(bench, log)


@pytest.mark.parametrize("records_now", [0, 2], ids=["empty", "as long"])
async def test_one_made_anew_before_anyone_looks(
    bench: Bench, log: LogWriter, rare: Topic, records_now: int
) -> None:
    """Its name was there at every look; what is read of it is another log."""
    async with service_of(bench) as service:
        for _ in range(2):
            await log.write_raw(rare.name, b"{")
        await is_handled_up_to(bench, rare, 2)
        await delete(bench, rare)
        await made(bench, rare)
        for _ in range(records_now):
            await log.write_raw(rare.name, b"{")
        await is_named(service, rare, f"`desk positions restart escalation {rare.name}`")
        await others_are_read(bench, log)
        await restart(bench, rare)
        await log.write_raw(rare.name, b"{")
        await is_handled_up_to(bench, rare, records_now + 1)
        await eventually(lambda: service.problems() == {}, within_s=40)
        await others_are_read(bench, log)


async def test_an_empty_one_made_anew_before_anyone_looks(
    bench: Bench, log: LogWriter, rare: Topic
) -> None:
    async with service_of(bench) as service:
        await others_are_read(bench, log)
        await delete(bench, rare)
        await made(bench, rare)
        await log.write_raw(rare.name, b"{")
        await is_handled_up_to(bench, rare, 1)
        await eventually(lambda: service.problems() == {}, within_s=40)
        await others_are_read(bench, log)


async def test_one_that_had_been_read_waits_for_a_person(
    bench: Bench, log: LogWriter, rare: Topic
) -> None:
    """The new one is longer than the old one was: by offsets alone it would be read on."""
    records_now = 3
    async with service_of(bench) as service:
        for _ in range(2):
            await log.write_raw(rare.name, b"{")
        await is_handled_up_to(bench, rare, 2)
        await delete(bench, rare)
        await is_named(service, rare, "not there and not read")
        await create_topics(KafkaAccess(bench.bootstrap), [rare])
        for _ in range(records_now):
            await log.write_raw(rare.name, b"{")
        await is_named(service, rare, f"`desk positions restart escalation {rare.name}`")
        await others_are_read(bench, log)
    async with service_of(bench) as service:
        await is_named(service, rare, "made anew")
        await others_are_read(bench, log)
        await is_handled_up_to(bench, rare, 2)

        await restart(bench, rare)
        await is_handled_up_to(bench, rare, records_now)
        await log.write_raw(rare.name, b"{")
        await is_handled_up_to(bench, rare, records_now + 1)
        await eventually(lambda: service.problems() == {}, within_s=40)


async def test_while_records_of_the_old_one_are_parked_it_cannot_be_read_anew(
    bench: Bench, rare: Topic
) -> None:
    await bench.query(
        "insert into parked_record (subject, topic, partition, record_offset, error, parked_at)"
        " values ($1, $2, 0, 0, 'why', now())",
        uuid4(),
        rare.name,
    )
    with pytest.raises(CannotRestart, match="1 tickets are parked"):
        await restart(bench, rare)
