"""A topic that is not there stops nothing: the others are read, and it is named until it comes."""

from uuid import uuid4

import pytest
from conftest import Bench, MakeBench, running
from runtime_toy import TOPIC, build, request_event

from deskstream_contracts import Topic
from deskstream_runtime.consuming.routing import Routes
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


def new_topic() -> Topic:
    return Topic(f"not.there.{uuid4().hex}", "ai", ("escalation",), 2, "A topic to come.")


def reads(monkeypatch: pytest.MonkeyPatch, *topics: str) -> None:
    monkeypatch.setattr(Routes, "topics", property(lambda _: topics))


async def test_the_others_are_read_and_it_too_once_it_is_there(
    bench: Bench, log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = new_topic()
    reads(monkeypatch, TOPIC, new.name)
    service, _ = build(bench.settings)
    async with service.running():
        events = [request_event() for _ in range(3)]
        await log.write(*events)
        await bench.handles(*events)
        await eventually(lambda: set(service.problems()) == {"topics"})
        assert new.name in service.problems()["topics"]
        assert TOPIC not in service.problems()["topics"]

        await create_topics(KafkaAccess(bench.bootstrap), [new])
        await log.write_raw(new.name, b"{")

        async def taken() -> bool:
            sql = "select next_offset from consumer_offset where topic = $1 and partition = 0"
            return bool(await bench.value(sql, new.name) == 1)

        await eventually(taken, within_s=40, what="the record of the new topic")
        await eventually(lambda: service.problems() == {})
        more = [request_event() for _ in range(3)]
        await log.write(*more)
        await bench.handles(*events, *more)


async def test_a_topic_that_a_new_version_reads_is_read_though_the_old_one_was_here_just_now(
    make_bench: MakeBench, log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the broker a process that comes back under its instance id is the one that went."""
    bench = await make_bench(instance_id="toy-of-two-versions")
    new = new_topic()
    await create_topics(KafkaAccess(bench.bootstrap), [new])
    old_version, _ = build(bench.settings)
    async with old_version.running():
        await eventually(lambda: old_version.problems() == {})
    reads(monkeypatch, TOPIC, new.name)
    new_version, _ = build(bench.settings)
    async with new_version.running():
        await log.write_raw(new.name, b"{")

        async def taken() -> bool:
            sql = "select next_offset from consumer_offset where topic = $1 and partition = 0"
            return bool(await bench.value(sql, new.name) == 1)

        await eventually(taken, within_s=40, what="the record of the topic that is read now")


async def test_when_none_is_there_it_says_so_and_waits(
    bench: Bench, log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = new_topic()
    reads(monkeypatch, new.name)
    service, _ = build(bench.settings)
    async with service.running():
        await eventually(lambda: "none of its topics" in service.problems().get("consumer", ""))
        assert new.name in service.problems()["topics"]
        await create_topics(KafkaAccess(bench.bootstrap), [new])
        await eventually(lambda: service.problems() == {}, within_s=40)


async def test_all_there_none_is_named(bench: Bench) -> None:
    async with running(bench) as run:
        assert run.service.problems() == {}
