"""Writes records, good or bad, to a real topic, and reads whole topics back."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deskstream_contracts import Event, Topic, encode
from deskstream_runtime.settings import ServiceSettings


class LogWriter:
    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def write(self, *events: Event[Any]) -> None:
        for event in events:
            record = encode(event)
            await self.write_raw(
                record.topic,
                record.value,
                record.headers,
                key=record.key,
                partition=record.partition,
            )

    async def write_raw(
        self,
        topic: str,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        *,
        key: bytes = b"k",
        partition: int = 0,
    ) -> int:
        meta = await self._producer.send_and_wait(
            topic, value=value, key=key, headers=list(headers), partition=partition
        )
        return int(meta.offset)


@asynccontextmanager
async def log_writer(bootstrap: str) -> AsyncIterator[LogWriter]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=2_000_000)
    await producer.start()
    try:
        yield LogWriter(producer)
    finally:
        await producer.stop()


async def log_ends(bootstrap: str, topics: Iterable[Topic]) -> dict[TopicPartition, int]:
    """Where each partition of the topics ends now."""
    partitions = [
        TopicPartition(topic.name, n) for topic in topics for n in range(topic.partitions)
    ]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        return dict(await consumer.end_offsets(partitions))
    finally:
        await consumer.stop()


async def begin_at_the_end(settings: ServiceSettings, topics: Iterable[Topic]) -> None:
    """A fresh database starts where these topics end now: other tests wrote the records before."""
    ends = await log_ends(settings.kafka.bootstrap, topics)
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        await connection.executemany(
            "insert into consumer_offset (topic, partition, next_offset) values ($1, $2, $3)",
            [(partition.topic, partition.partition, end) for partition, end in ends.items()],
        )
    finally:
        await connection.close()


async def read_all(bootstrap: str, topic: str) -> list[Any]:
    """Every record of a topic, from its beginning to its end now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        if not consumer.partitions_for_topic(topic):
            await consumer._client.force_metadata_update()
            consumer._client.add_topic(topic)
            await consumer._client.force_metadata_update()
        partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, 0)
        records: list[Any] = []
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                records += batch
        return records
    finally:
        await consumer.stop()
