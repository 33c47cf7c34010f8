"""Record counts of the topics."""

from collections import Counter

from aiokafka import TopicPartition

from deskstream_cli.stack.log_ends import assigned_consumer
from deskstream_contracts import TOPICS
from deskstream_runtime.kafka.access import KafkaAccess


async def topic_counts(kafka: KafkaAccess) -> Counter[str]:
    """Return the records of every topic of ours, compaction's holes included.

    Raises KafkaError or TimeoutError when the broker is away.
    """
    partitions = [
        TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)
    ]
    async with assigned_consumer(kafka, partitions) as consumer:
        ends = await consumer.end_offsets(partitions)
        starts = await consumer.beginning_offsets(partitions)
    counts: Counter[str] = Counter()
    for partition in partitions:
        counts[partition.topic] += ends[partition] - starts[partition]
    return counts
