"""Where to go on is decided in Postgres: the log's own hint, rewinds and holes change nothing."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from conftest import Bench, running
from runtime_toy import TOPIC, request_event

from deskstream_contracts import encode, topic_named
from deskstream_runtime.testing.log import LogWriter, log_ends
from deskstream_runtime.testing.waiting import eventually

READ = [topic_named(TOPIC)]


async def hint(bootstrap: str, offset_of: Callable[[int], int]) -> None:
    """Sets the group's committed offsets, as a person with Kafka's tools may."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id="escalation", enable_auto_commit=False
    )
    await consumer.start()
    try:
        offsets = {
            place: OffsetAndMetadata(offset_of(end), "")
            for place, end in (await log_ends(bootstrap, READ)).items()
        }
        consumer.assign(list(offsets))
        await consumer.commit(offsets)
    finally:
        await consumer.stop()


@pytest.mark.parametrize("moved", ["ahead", "back", "nowhere"])
async def test_a_moved_hint_changes_nothing(
    bench: Bench, log: LogWriter, kafka_topics: str, moved: str
) -> None:
    first = [request_event() for _ in range(30)]
    async with running(bench):
        await log.write(*first)
        await bench.handles(*first)
    meanwhile = [request_event() for _ in range(30)]
    await log.write(*meanwhile)
    offsets: dict[str, Callable[[int], int]] = {
        "ahead": int,
        "back": lambda _: 0,
        "nowhere": lambda _: 10**9,
    }
    await hint(kafka_topics, offsets[moved])
    async with running(bench):
        last = request_event()
        await log.write(last)
        await bench.handles(*first, *meanwhile, last)


async def test_a_hint_is_left_for_lag_displays(
    bench: Bench, log: LogWriter, kafka_topics: str
) -> None:
    events = [request_event() for _ in range(10)]
    async with running(bench):
        await log.write(*events)
        await bench.handles(*events)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_topics, group_id="escalation")
    await consumer.start()
    try:
        for place, end in (await log_ends(kafka_topics, READ)).items():
            assert await consumer.committed(place) == end
    finally:
        await consumer.stop()


async def test_a_rewound_position_handles_again(bench: Bench, log: LogWriter) -> None:
    """A person may set a position back to handle a stretch once more; handlers are idempotent."""
    event = request_event()
    async with running(bench):
        await log.write(event)
        await bench.handles(event)
    await bench.query(
        "update consumer_offset set next_offset = next_offset - 1 where partition = $1",
        encode(event).partition,
    )
    async with running(bench):

        async def twice() -> bool:
            return (await bench.handled()).count(event.id) == 2

        await eventually(twice)


async def test_a_zombie_is_refused_and_reads_on_where_the_other_is(
    bench: Bench, log: LogWriter
) -> None:
    """In the middle of a batch another owner moves the position: nothing of the batch is kept."""
    async with running(bench) as run:
        subject = uuid4()
        lost, after = request_event(subject, "lost"), request_event(subject, "after")
        run.toy.entered.clear()
        run.toy.gate.clear()
        await log.write(lost)
        await run.toy.entered.wait()
        # The batch's transaction holds the row, and a frozen owner's is ended by Postgres.
        await bench.query(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where state = 'idle in transaction' and datname = current_database()"
        )
        await bench.query(
            "update consumer_offset set next_offset = next_offset + 1 where partition = $1",
            encode(lost).partition,
        )
        run.toy.gate.set()
        await log.write(after)
        await bench.handles(after)
        assert await bench.handled(subject) == [after.id]


async def test_a_zombie_that_comes_late_is_refused(bench: Bench, log: LogWriter) -> None:
    """The position is moved before the batch reaches it: the guard sees it; it is read again."""
    async with running(bench) as run:
        first = request_event()
        partition = encode(first).partition
        await log.write(first)
        await bench.handles(first)
        await bench.query(
            "update consumer_offset set next_offset = next_offset + 1 where partition = $1",
            partition,
        )
        theirs, ours = request_event(first.subject, "theirs"), request_event(first.subject, "ours")
        await log.write(theirs, ours)
        await bench.handles(ours)
        assert await bench.handled(first.subject) == [first.id, ours.id]
        assert run.service.problems() == {}


async def test_holes_left_by_compaction_are_fine(
    bench: Bench, log: LogWriter, kafka_topics: str
) -> None:
    """Positions jump over what compaction removed: here over a transaction's invisible marker."""
    from aiokafka import AIOKafkaProducer

    events = [request_event(reason=f"n{number}") for number in range(6)]
    producer = AIOKafkaProducer(bootstrap_servers=kafka_topics, transactional_id=str(uuid4()))
    await producer.start()
    try:
        for event in events:
            record = encode(event)
            async with producer.transaction():
                await producer.send(
                    TOPIC, record.value, record.key, partition=3, headers=record.headers
                )
    finally:
        await producer.stop()
    async with running(bench):
        await bench.handles(*events)
        last = request_event()
        await log.write(last)
        await bench.handles(last)
        assert await bench.count("select count(*) from parked_record") == 0


async def test_a_log_shorter_than_our_position_is_not_read_and_named(
    bench: Bench, log: LogWriter
) -> None:
    await bench.query("update consumer_offset set next_offset = 1000000 where partition = 2")
    from runtime_toy import build

    service, _ = build(bench.settings)
    async with service.running():
        await eventually(lambda: "log ends at" in service.problems().get("topics", ""))
        assert f"{TOPIC}/2 is handled up to 1000000" in service.problems()["topics"]
        assert f"`desk positions restart escalation {TOPIC}`" in service.problems()["topics"]
        await log.write(request_event())
        assert await bench.handled() == []


async def test_a_log_made_anew_while_we_read_is_not_read_and_named(
    bench: Bench, log: LogWriter, kafka_topics: str
) -> None:
    """Noticed between records: the position is set past the end while the service runs."""
    async with running(bench) as run:
        consumer = run.service._consumer
        place = TopicPartition(TOPIC, 2)
        consumer._positions[place] += 1_000_000
        await eventually(lambda: "log ends at" in run.service.problems().get("topics", ""))


async def test_a_read_that_fails_half_way_loses_nothing(bench: Bench, log: LogWriter) -> None:
    """aiokafka forgets what it took from some partitions when the records of another are bad."""
    async with running(bench) as run:
        consumer = run.service._consumer._reader.consumer
        assert consumer is not None
        getmany = consumer.getmany
        forgotten: list[Any] = []

        async def forget(**arguments: Any) -> Any:
            batches = await getmany(**arguments)
            if batches and len(forgotten) < 3:
                forgotten.append(batches)
                raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a header's name")
            return batches

        consumer.getmany = forget
        events = [request_event() for _ in range(50)]
        await log.write(*events)
        await bench.handles(*events)
        assert len(forgotten) == 3
        await eventually(lambda: not run.service.problems())
