"""The consumer lag of each service."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deskstream_cli.stack.log_ends import REQUEST_TIMEOUT_MS, TOTAL_TIMEOUT_S, log_ends
from deskstream_runtime.kafka.access import KafkaAccess

# Named here, as the contracts take a tenth of a second to load and `desk status` is to be quick.
WATERMARKS = "watermark.advanced"


@dataclass(frozen=True, slots=True)
class ConsumerLag:
    """Records of the log that a group has not finished: over all partitions, and the worst one.

    Watermarks are not counted: one comes each second for ever, and is no work.
    `worst` is empty when the group has committed nothing yet or is behind nowhere.
    """

    group: str
    partitions: int
    behind: int
    worst: str


async def consumer_lags(kafka: KafkaAccess, groups: Sequence[str]) -> list[ConsumerLag]:
    """Return the lag of each group. Raises KafkaError or TimeoutError when the broker is away."""
    async with asyncio.timeout(TOTAL_TIMEOUT_S):
        admin = AIOKafkaAdminClient(**kafka.client_options(), request_timeout_ms=REQUEST_TIMEOUT_MS)
        try:
            await admin.start()
            positions = await asyncio.gather(*(_committed(admin, group) for group in groups))
        finally:
            await admin.close()
        partitions = set().union(*positions)
        ends = await log_ends(kafka, partitions) if partitions else {}
    return [_lag(group, next_, ends) for group, next_ in zip(groups, positions, strict=True)]


async def _committed(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    try:
        found = await admin.list_consumer_group_offsets(group)
    except KafkaError as error:
        raise KafkaError(f"the offsets of group {group} cannot be read: {error}") from error
    return {partition: position.offset for partition, position in found.items()}


def _lag(
    group: str, positions: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> ConsumerLag:
    behind = {
        f"{partition.topic}/{partition.partition}": max(0, ends[partition] - position)
        for partition, position in positions.items()
        if partition.topic != WATERMARKS
    }
    worst = max(behind, key=lambda partition: behind[partition], default="")
    return ConsumerLag(
        group=group,
        partitions=len(behind),
        behind=sum(behind.values()),
        worst=worst if behind and behind[worst] else "",
    )
