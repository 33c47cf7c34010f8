"""Where partitions of the log begin and end."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from deskstream_runtime.kafka.access import KafkaAccess

REQUEST_TIMEOUT_MS = 5_000
TOTAL_TIMEOUT_S = 15


async def log_ends(
    kafka: KafkaAccess, partitions: Collection[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """The offset behind the last record of each. Raises KafkaError or TimeoutError."""
    async with assigned_consumer(kafka, partitions) as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(list(partitions))
    return ends


@asynccontextmanager
async def assigned_consumer(
    kafka: KafkaAccess, partitions: Collection[TopicPartition]
) -> AsyncIterator[AIOKafkaConsumer]:
    """A client that reads nothing and is asked for offsets. Raises KafkaError or TimeoutError.

    It waits a tenth of a second for news of each topic that is not assigned to it.
    """
    async with asyncio.timeout(TOTAL_TIMEOUT_S):
        consumer = AIOKafkaConsumer(**kafka.client_options(), request_timeout_ms=REQUEST_TIMEOUT_MS)
        try:
            await consumer.start()
            consumer.assign(list(partitions))
            consumer.pause(*partitions)
            yield consumer
        finally:
            await consumer.stop()
