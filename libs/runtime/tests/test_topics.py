"""Topics are made by an explicit step that can be repeated and never changes what is there."""

from dataclasses import replace

import pytest

from deskstream_contracts import TOPICS, Topic
from deskstream_runtime.kafka_access import KafkaAccess
from deskstream_runtime.topics import TopicMismatch, create_topics


@pytest.fixture
def kafka(parts):
    return KafkaAccess(parts.kafka_bootstrap)


def topic(name: str, partitions: int = 2) -> Topic:
    return Topic(name, "ingest", (), partitions, "For a test.")


async def test_missing_topics_are_made_as_their_records_say(kafka):
    made = [topic("test.made", 3), replace(topic("test.made-90"), kept="90_days")]
    assert await create_topics(kafka, made) == [
        "test.made",
        "test.made-90",
    ]


async def test_a_second_time_nothing_happens(kafka):
    topics = [topic("test.twice")]
    assert await create_topics(kafka, topics) == ["test.twice"]
    assert await create_topics(kafka, topics) == []


async def test_all_topics_of_the_contracts_can_be_made(kafka_topics):
    assert await create_topics(KafkaAccess(kafka_topics), TOPICS) == []


async def test_other_partitions_are_refused(kafka):
    await create_topics(kafka, [topic("test.partitions", 2)])
    with pytest.raises(TopicMismatch, match="has 2 partitions, its record says 4"):
        await create_topics(kafka, [topic("test.partitions", 4)])


async def test_other_settings_are_refused(kafka):
    await create_topics(kafka, [topic("test.kept")])
    with pytest.raises(TopicMismatch, match=r"test\.kept has cleanup\.policy=compact"):
        await create_topics(kafka, [replace(topic("test.kept"), kept="90_days")])


async def test_a_mismatch_changes_nothing_and_hides_no_missing_topic(kafka):
    await create_topics(kafka, [topic("test.old", 2)])
    with pytest.raises(TopicMismatch):
        await create_topics(kafka, [topic("test.old", 4), topic("test.new")])
    assert await create_topics(kafka, [topic("test.new")]) == ["test.new"]


async def test_two_at_once_make_them_once(kafka):
    import asyncio

    topics = [topic(f"test.race-{number}") for number in range(5)]
    made = await asyncio.gather(*(create_topics(kafka, topics) for _ in range(3)))
    assert sorted(name for names in made for name in names) == sorted(one.name for one in topics)


async def test_no_topics_are_no_work(kafka):
    assert await create_topics(kafka, []) == []
