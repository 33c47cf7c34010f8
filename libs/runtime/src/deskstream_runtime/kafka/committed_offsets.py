"""The positions that a group left in Kafka: hints, for when nothing else is known."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient

from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.settings import KafkaSettings


async def committed_offsets(kafka: KafkaSettings, group: str) -> Positions:
    """The next offset of each partition of which the group has left one."""
    admin = AIOKafkaAdminClient(
        **KafkaAccess(kafka.bootstrap, kafka.security).client_options(),
        request_timeout_ms=kafka.request_timeout_ms,
    )
    try:
        async with asyncio.timeout(kafka.request_timeout_ms / 1000):
            await admin.start()
            found = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {one: left.offset for one, left in found.items() if left.offset >= 0}
