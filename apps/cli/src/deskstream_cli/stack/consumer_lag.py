"""How far each service is behind the log."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deskstream_cli.stack.topic_counts import learn_topics

REQUEST_TIMEOUT_MS = 5_000
TOTAL_TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class ConsumerLag:
    """Records of the log that a group has not finished: over all partitions, and the worst one.

    `worst` is empty when the group has committed nothing yet or is behind nowhere.
    """

    group: str
    partitions: int
    behind: int
    worst: str


async def consumer_lags(bootstrap: str, groups: Sequence[str]) -> list[ConsumerLag]:
    """Return the lag of each group. Raises KafkaError or TimeoutError when the broker is away."""
    async with asyncio.timeout(TOTAL_TIMEOUT_S):
        admin = AIOKafkaAdminClient(
            bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS
        )
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS
        )
        try:
            await admin.start()
            await consumer.start()
            learn_topics(consumer)
            return [await _lag(admin, consumer, group) for group in groups]
        finally:
            await admin.close()
            await consumer.stop()


async def _lag(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str) -> ConsumerLag:
    try:
        committed = await admin.list_consumer_group_offsets(group)
        ends = await consumer.end_offsets(list(committed)) if committed else {}
    except KafkaError as error:
        raise KafkaError(f"the offsets of group {group} cannot be read: {error}") from error
    behind = {
        f"{partition.topic}/{partition.partition}": max(0, ends[partition] - position.offset)
        for partition, position in committed.items()
    }
    worst = max(behind, key=lambda partition: behind[partition], default="")
    return ConsumerLag(
        group=group,
        partitions=len(behind),
        behind=sum(behind.values()),
        worst=worst if behind and behind[worst] else "",
    )
