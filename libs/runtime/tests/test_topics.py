"""Topics are made by an explicit step that can be repeated and never changes what is there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from deskstream_contracts import TOPICS, Topic
from deskstream_localstack.testing import LocalStack
from deskstream_runtime.clock import utc_now
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import TopicMismatch, alter_topics, create_topics
from deskstream_runtime.testing.waiting import eventually

AHEAD = "message.timestamp.after.max.ms"


@pytest.fixture
def kafka(parts: LocalStack) -> KafkaAccess:
    return KafkaAccess(parts.kafka_bootstrap)


def topic(name: str, partitions: int = 2) -> Topic:
    return Topic(name, "ingest", (), partitions, "For a test.")


@asynccontextmanager
async def admin(kafka: KafkaAccess) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(**kafka.client_options())
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def made_before(kafka: KafkaAccess, one: Topic, settings: Mapping[str, str]) -> None:
    """The topic as somebody made it before its record was what it is now."""
    await create_topics(kafka, [one])
    before = one.config() | dict(settings)
    async with admin(kafka) as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, one.name, before)])

    async def are_set() -> bool:
        return (await settings_of(kafka, one)).items() >= before.items()

    await eventually(are_set)


async def settings_of(kafka: KafkaAccess, one: Topic) -> dict[str, str]:
    resource = ConfigResource(ConfigResourceType.TOPIC, one.name)
    async with admin(kafka) as client:
        (answer,) = await client.describe_configs([resource])
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def test_missing_topics_are_made_as_their_records_say(kafka: KafkaAccess) -> None:
    made = [topic("test.made", 3), replace(topic("test.made-90"), kept="90_days")]
    assert await create_topics(kafka, made) == [
        "test.made",
        "test.made-90",
    ]


async def test_a_second_time_nothing_happens(kafka: KafkaAccess) -> None:
    topics = [topic("test.twice")]
    assert await create_topics(kafka, topics) == ["test.twice"]
    assert await create_topics(kafka, topics) == []


async def test_all_topics_of_the_contracts_can_be_made(kafka_topics: str) -> None:
    assert await create_topics(KafkaAccess(kafka_topics), TOPICS) == []


async def test_other_partitions_are_refused(kafka: KafkaAccess) -> None:
    await create_topics(kafka, [topic("test.partitions", 2)])
    with pytest.raises(TopicMismatch, match="has 2 partitions, its declaration says 4"):
        await create_topics(kafka, [topic("test.partitions", 4)])


async def test_other_settings_are_refused(kafka: KafkaAccess) -> None:
    await create_topics(kafka, [topic("test.kept")])
    with pytest.raises(TopicMismatch, match=r"test\.kept has cleanup\.policy=compact"):
        await create_topics(kafka, [replace(topic("test.kept"), kept="90_days")])


async def test_every_difference_is_told(kafka: KafkaAccess) -> None:
    one = topic("test.older")
    await made_before(kafka, one, {AHEAD: "9223372036854775807", "max.message.bytes": "1000012"})
    with pytest.raises(TopicMismatch) as raised:
        await create_topics(kafka, [one])
    assert str(raised.value).splitlines() == [
        "test.older has max.message.bytes=1000012, its declaration says 1048588",
        f"test.older has {AHEAD}=9223372036854775807, its declaration says 3600000",
    ]


async def test_settings_are_altered_when_asked_and_what_others_set_is_left(
    kafka: KafkaAccess,
) -> None:
    one = topic("test.altered")
    await made_before(kafka, one, {AHEAD: "9223372036854775807", "min.insync.replicas": "1"})
    (altered,) = await alter_topics(kafka, [one, topic("test.not-there")])
    assert (altered.setting, altered.actual, altered.wanted) == (
        AHEAD,
        "9223372036854775807",
        "3600000",
    )
    assert await create_topics(kafka, [one]) == []
    settings = await settings_of(kafka, one)
    assert settings.items() >= (one.config() | {"min.insync.replicas": "1"}).items()
    assert await alter_topics(kafka, [one]) == []


async def test_what_decides_on_removal_is_never_altered(kafka: KafkaAccess) -> None:
    one = topic("test.removal")
    await made_before(kafka, one, {"retention.ms": "1000000", AHEAD: "5000000"})
    assert [altered.setting for altered in await alter_topics(kafka, [one])] == [AHEAD]
    with pytest.raises(TopicMismatch, match=r"^test\.removal has retention\.ms=1000000"):
        await create_topics(kafka, [one])


async def test_the_broker_refuses_a_record_of_the_future(kafka: KafkaAccess) -> None:
    one = topic("test.future")
    await create_topics(kafka, [one])
    now_ms = int(utc_now().timestamp() * 1_000)
    producer = AIOKafkaProducer(**kafka.client_options())
    await producer.start()
    try:
        await producer.send_and_wait(one.name, b"x", b"k", timestamp_ms=now_ms)
        with pytest.raises(KafkaError, match="InvalidTimestamp"):
            await producer.send_and_wait(one.name, b"x", b"k", timestamp_ms=now_ms + 7_200_000)
    finally:
        await producer.stop()


async def test_a_mismatch_changes_nothing_and_hides_no_missing_topic(kafka: KafkaAccess) -> None:
    await create_topics(kafka, [topic("test.old", 2)])
    with pytest.raises(TopicMismatch):
        await create_topics(kafka, [topic("test.old", 4), topic("test.new")])
    assert await create_topics(kafka, [topic("test.new")]) == ["test.new"]


async def test_two_at_once_make_them_once(kafka: KafkaAccess) -> None:
    import asyncio

    topics = [topic(f"test.race-{number}") for number in range(5)]
    made = await asyncio.gather(*(create_topics(kafka, topics) for _ in range(3)))
    assert sorted(name for names in made for name in names) == sorted(one.name for one in topics)


async def test_no_topics_are_no_work(kafka: KafkaAccess) -> None:
    assert await create_topics(kafka, []) == []
