"""The positions that a group left in Kafka: hints, for when nothing else is known."""

import asyncio

from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.kafka.topics import admin_client
from deskstream_runtime.settings import KafkaSettings


async def committed_offsets(kafka: KafkaSettings, group: str) -> Positions:
    """The next offset of each partition of which the group has left one."""
    access = KafkaAccess(kafka.bootstrap, kafka.security)
    async with asyncio.timeout(kafka.request_timeout_ms / 1000), admin_client(access) as admin:
        found = await admin.list_consumer_group_offsets(group)
    return {one: left.offset for one, left in found.items() if left.offset >= 0}
