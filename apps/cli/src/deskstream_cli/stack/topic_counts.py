"""Record counts of the topics."""

import asyncio
from collections import Counter

from aiokafka import AIOKafkaConsumer, TopicPartition

from deskstream_contracts import TOPICS
from deskstream_runtime.kafka.access import KafkaAccess

REQUEST_TIMEOUT_MS = 5_000
TOTAL_TIMEOUT_S = 15


async def topic_counts(kafka: KafkaAccess) -> Counter[str]:
    """Return the records of every topic of ours, compaction's holes included.

    Raises KafkaError or TimeoutError when the broker is away.
    """
    async with asyncio.timeout(TOTAL_TIMEOUT_S):
        consumer = AIOKafkaConsumer(**kafka.client_options(), request_timeout_ms=REQUEST_TIMEOUT_MS)
        try:
            await consumer.start()
            partitions = learn_topics(consumer)
            ends = await consumer.end_offsets(partitions)
            starts = await consumer.beginning_offsets(partitions)
        finally:
            await consumer.stop()
    counts: Counter[str] = Counter()
    for partition in partitions:
        counts[partition.topic] += ends[partition] - starts[partition]
    return counts


def learn_topics(consumer: AIOKafkaConsumer) -> list[TopicPartition]:
    """Return the partitions of all our topics, assigned to the consumer but not read.

    Asked for the offsets of a topic that is not assigned, the client waits a tenth of a second for
    news of it, for one topic after the other.
    """
    partitions = [
        TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)
    ]
    consumer.assign(partitions)
    consumer.pause(*partitions)
    return partitions
