"""A reader of the topics that a service writes: their ends, and their records from an offset on.

It joins no group: nobody else takes part.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from deskstream_contracts import TOPICS, ServiceName
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.settings import KafkaSettings

_READ_MS = 500


class OwnTopics:
    """The topics of one owner that are kept for ever, as far as they are there."""

    def __init__(
        self, consumer: AIOKafkaConsumer, service: ServiceName, settings: KafkaSettings
    ) -> None:
        self._consumer = consumer
        self._service = service
        self._timeout_s = settings.request_timeout_ms / 1000
        self._records_max = settings.batch_records_max

    async def ends(self) -> Positions:
        """Where each partition ends now. Raises a transient error when the broker is away."""
        async with asyncio.timeout(self._timeout_s):
            there = await self._consumer.topics()
            partitions = [
                TopicPartition(topic.name, number)
                for topic in TOPICS
                if topic.owner == self._service and topic.kept == "forever" and topic.name in there
                for number in range(topic.partitions)
            ]
            if not partitions:
                return {}
            self._consumer.assign(partitions)
            self._consumer.pause(*partitions)
            return dict(await self._consumer.end_offsets(partitions))

    async def read(
        self, begins: Positions, ends: Positions
    ) -> "AsyncIterator[Sequence[ConsumerRecord[bytes, bytes]]]":
        """All records from each offset to its end, in parts. Raises a transient error."""
        self._consumer.assign([*begins])
        for partition, offset in begins.items():
            self._consumer.seek(partition, offset)
        left = set(begins)
        while left:
            async with asyncio.timeout(self._timeout_s):
                batches = await self._consumer.getmany(
                    *left, timeout_ms=_READ_MS, max_records=self._records_max
                )
                # A record may be the last one there is, and compaction may have removed the last.
                done = {one for one in left if await self._consumer.position(one) >= ends[one]}
            yield [record for batch in batches.values() for record in batch]
            left -= done


@asynccontextmanager
async def own_topics(service: ServiceName, settings: KafkaSettings) -> AsyncIterator[OwnTopics]:
    """Connects. Raises a transient error when no broker answers in time."""
    consumer = AIOKafkaConsumer(
        **KafkaAccess(settings.bootstrap, settings.security).client_options(),
        client_id=f"deskstream-{service}-own-topics",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=settings.request_timeout_ms,
    )
    try:
        await consumer.start()
        yield OwnTopics(consumer, service, settings)
    finally:
        await consumer.stop()
