"""Where partitions of the log end."""

import asyncio
from collections.abc import Collection, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from deskstream_runtime.kafka.access import KafkaAccess

REQUEST_TIMEOUT_MS = 5_000
TOTAL_TIMEOUT_S = 15


async def log_ends(
    kafka: KafkaAccess, partitions: Collection[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """The offset behind the last record of each. Raises KafkaError or TimeoutError."""
    async with asyncio.timeout(TOTAL_TIMEOUT_S):
        consumer = AIOKafkaConsumer(**kafka.client_options(), request_timeout_ms=REQUEST_TIMEOUT_MS)
        try:
            await consumer.start()
            # The client waits a tenth of a second for each topic that is not assigned to it.
            consumer.assign(list(partitions))
            consumer.pause(*partitions)
            ends: dict[TopicPartition, int] = await consumer.end_offsets(list(partitions))
        finally:
            await consumer.stop()
    return ends
