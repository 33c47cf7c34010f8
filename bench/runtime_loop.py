"""Measures the runtime's loop, records → events, beside a bare client with the same decoding.

    python -m bench.runtime_loop [--records 60000] [--rounds 5]

Both read the same log with the same client library, in turn, in one process set up as a service's
is. The goal is 0.8 of the bare client. Trust the ratios; that of processor time most.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple, cast
from uuid import uuid4

import click
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from deskstream_contracts import Event, decode, encode, topic_named
from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_contracts.events.ticket import Actor
from deskstream_localstack.testing import LocalStack, local_stack
from deskstream_runtime.clock import utc_now
from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.consuming.decoding import decode_all
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.postgres.migrate import migrate
from deskstream_runtime.process.memory import tune_garbage_collection
from deskstream_runtime.settings import KafkaSettings, PostgresSettings

_TOPIC = topic_named("escalation.requested")
_NOTE = "The parcel came open and half of it is missing, this is the third time. " * 4
_BATCH = 500


class Round(NamedTuple):
    """One reading of the whole log: records a second, and processor microseconds a record."""

    per_s: float
    cpu_us: float


class DecodeOnly:
    """Stands where `Delivery` does and stops after decoding, as the bare client does."""

    def __init__(self, records: int) -> None:
        self._left = records
        self.begun = asyncio.Event()
        self.done = asyncio.Event()

    async def process_batch(self, records: Sequence[Any], positions: Positions) -> None:
        """Decodes a batch and moves the positions."""
        self.begun.set()
        await decode_all(records)
        positions |= {(one.topic, one.partition): one.offset + 1 for one in records}
        self._left -= len(records)
        if self._left <= 0:
            self.done.set()


async def write_log(bootstrap: str, records: int) -> None:
    """Fills the topic with events of a usual size."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, max_batch_size=262_144)
    await producer.start()
    now = datetime.now(UTC)
    data = EscalationRequested(
        request_id=uuid4(), actor=Actor(kind="agent"), occurred_at=now, reason="angry", note=_NOTE
    )
    try:
        for _ in range(records):
            record = encode(Event(id=uuid4(), subject=uuid4(), time=now, data=data))
            await producer.send(
                record.topic,
                record.value,
                record.key,
                record.partition,
                headers=record.headers,
            )
        await producer.flush()
    finally:
        await producer.stop()


async def bare(bootstrap: str, records: int) -> Round:
    """The raw part: the client's own batches, decoded."""
    consumer = AIOKafkaConsumer(
        _TOPIC.name, bootstrap_servers=bootstrap, group_id=str(uuid4()),
        auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    await consumer.start()
    try:

        async def read() -> None:
            left = records
            while left > 0:
                for batch in (await consumer.getmany(timeout_ms=200, max_records=_BATCH)).values():
                    for record in batch:
                        decode(record.topic, record.headers, record.value)
                    left -= len(batch)

        return await _timed(read, records)
    finally:
        await consumer.stop()


async def runtime(stack: LocalStack, records: int) -> Round:
    """Our loop: the same, through FastStream, from positions kept in Postgres."""
    database = Database(PostgresSettings(dsn=SecretStr(stack.postgres_dsn)), "bench")
    await database.open()
    async with database.transaction() as tx:
        await tx.execute("truncate consumer_offset")
    processor = DecodeOnly(records)
    settings = KafkaSettings(bootstrap=stack.kafka_bootstrap, batch_records_max=_BATCH)
    infrastructure = SimpleNamespace(
        name=str(uuid4()),
        settings=SimpleNamespace(kafka=settings, instance_id=None),
        database=database,
        clock=utc_now,
    )
    consumer = Consumer(
        cast(Infrastructure, infrastructure),
        [_TOPIC.name],
        # Only what the loop calls of a `BatchProcessor`: the handling is left out of the measure.
        processor,  # type: ignore[arg-type]
    )
    running = asyncio.create_task(consumer.run())
    try:
        # The bare client has its partitions when its start returns; here that is to be waited for.
        await processor.begun.wait()
        return await _timed(processor.done.wait, records)
    finally:
        running.cancel()
        await consumer.stop(5.0)
        await database.close()


async def _timed(read: Callable[[], Awaitable[Any]], records: int) -> Round:
    started_s, cpu_started_s = time.perf_counter(), time.process_time()
    await read()
    took_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_started_s
    return Round(records / took_s, cpu_s / records * 1e6)


async def measure(stack: LocalStack, records: int, rounds: int) -> list[tuple[Round, Round]]:
    """Pairs of (bare, runtime), who goes first taking turns."""
    await create_topics(KafkaAccess(stack.kafka_bootstrap), [_TOPIC])
    await write_log(stack.kafka_bootstrap, records)
    pairs = []
    for number in range(rounds + 1):
        if number % 2:
            raw = await bare(stack.kafka_bootstrap, records)
            ours = await runtime(stack, records)
        else:
            ours = await runtime(stack, records)
            raw = await bare(stack.kafka_bootstrap, records)
        pairs.append((raw, ours))
    return pairs[1:]  # the first reading warms the broker's cache and the code


@click.command()
@click.option("--records", default=60_000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(records: int, rounds: int) -> None:
    """Measures and prints."""
    compare(records, rounds)


def compare(records: int, rounds: int) -> dict[str, float]:
    """Prints each pair of readings and the medians of their ratios; returns these."""
    with local_stack("kafka", "postgres") as stack:
        migrate(stack.postgres_dsn)
        tune_garbage_collection()
        pairs = uvloop.run(measure(stack, records, rounds))
    for raw, ours in pairs:
        click.echo(
            f"bare {raw.per_s:8.0f}/s {raw.cpu_us:5.1f} us    "
            f"runtime {ours.per_s:8.0f}/s {ours.cpu_us:5.1f} us    "
            f"ratio {ours.per_s / raw.per_s:.2f}, of processor time {raw.cpu_us / ours.cpu_us:.2f}"
        )
    speed = statistics.median(ours.per_s / raw.per_s for raw, ours in pairs)
    processor = statistics.median(raw.cpu_us / ours.cpu_us for raw, ours in pairs)
    click.echo(f"median ratio {speed:.2f}, of processor time {processor:.2f} (goal 0.80)")
    return {"ratio": speed, "ratio_of_processor_time": processor}


if __name__ == "__main__":
    main()
