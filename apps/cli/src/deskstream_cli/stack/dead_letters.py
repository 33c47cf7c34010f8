"""Dead letters, read from their topics."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from deskstream_contracts import decode
from deskstream_contracts.dead_letter import RecordDeadLettered
from deskstream_runtime.kafka.access import KafkaAccess

REQUEST_TIMEOUT_MS = 5_000
TOTAL_TIMEOUT_S = 30


class DeadLetter(NamedTuple):
    """A letter, and the id under which its record waits when it is handled again."""

    subject: UUID
    story: RecordDeadLettered

    @property
    def record(self) -> str:
        """`topic/partition/offset` of the record."""
        return f"{self.story.topic}/{self.story.partition}/{self.story.offset}"


async def dead_letters(kafka: KafkaAccess, services: Sequence[str]) -> list[DeadLetter]:
    """Return the letters of these services, oldest first in each.

    Raises KafkaError or TimeoutError when the broker is away.
    """
    partitions = [TopicPartition(f"{service}.dead-letter", 0) for service in services]
    letters: dict[UUID, DeadLetter] = {}
    async with asyncio.timeout(TOTAL_TIMEOUT_S):
        consumer = AIOKafkaConsumer(
            **kafka.client_options(),
            auto_offset_reset="earliest",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        try:
            await consumer.start()
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            while any(
                [await consumer.position(partition) < ends[partition] for partition in partitions]
            ):
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    for record in batch:
                        event = decode(record.topic, record.headers, record.value)
                        assert isinstance(event.data, RecordDeadLettered)
                        letters[event.id] = DeadLetter(event.subject, event.data)
        finally:
            await consumer.stop()
    return list(letters.values())
