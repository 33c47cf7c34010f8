"""Whole topics from their beginning, in the order in which the records came into the log."""

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from deskstream_contracts import Event, topic_named
from deskstream_runtime.consuming.decoding import DecodedRecord, decoded
from deskstream_runtime.errors import Unavailable
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.settings import KafkaSettings

_FETCH_BYTES = 65_536
_READ_MS = 500
_BATCH_RECORDS = 500
# What is handled together shares one time: that of its last record.
_BATCH_SPAN_MS = 3_600_000


class WholeLog:
    """Reads partitions up to given ends, merged by the time of the log.

    Partitions know no order among each other but that time: what followed from a record came into
    the log after it, so causes come before what they brought about. What came at one time is in the
    order in which the topics are named.
    """

    def __init__(self, consumer: AIOKafkaConsumer, timeout_s: float) -> None:
        self._consumer = consumer
        self._timeout_s = timeout_s

    async def partitions(self, topics: Collection[str]) -> list[TopicPartition]:
        """The partitions of the topics. Raises `Unavailable` that names a topic that is missing."""
        async with asyncio.timeout(self._timeout_s):
            there = await self._consumer.topics()
        missing = sorted(set(topics) - there)
        if missing:
            raise Unavailable(f"the topics {', '.join(missing)} are not there")
        return [
            TopicPartition(topic, number)
            for topic in topics
            for number in range(topic_named(topic).partitions)
        ]

    async def ends(self, partitions: Collection[TopicPartition]) -> Positions:
        """Where the log ends now."""
        if not partitions:
            return {}
        self._consumer.assign(list(partitions))
        self._consumer.pause(*partitions)
        async with asyncio.timeout(self._timeout_s):
            found: Positions = await self._consumer.end_offsets(list(partitions))
        return found

    async def batches(self, ends: Positions) -> AsyncIterator[list[DecodedRecord]]:
        """All readable records before `ends`, in order. What cannot be decoded is left out.

        Raises `Unavailable` when the broker stops answering.
        """
        unread = {partition: end for partition, end in ends.items() if end > 0}
        if not unread:
            return
        self._consumer.assign(list(unread))
        await self._consumer.seek_to_beginning(*unread)
        waiting: dict[TopicPartition, deque[DecodedRecord]] = {
            partition: deque() for partition in unread
        }
        batch: list[DecodedRecord] = []
        while unread or any(waiting.values()):
            await self._fill(waiting, unread)
            if _is_completed(batch, waiting, unread):
                yield batch
                batch = []
        if batch:
            yield batch

    async def _fill(
        self, waiting: dict[TopicPartition, deque[DecodedRecord]], unread: Positions
    ) -> None:
        """Reads until each partition has a record waiting or is read to its end."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s) as patience:
                while needed := [partition for partition in unread if not waiting[partition]]:
                    if await self._read_some(needed, waiting, unread):
                        patience.reschedule(loop.time() + self._timeout_s)
        except TimeoutError:
            raise Unavailable(f"Kafka went silent over {needed[0].topic}") from None

    async def _read_some(
        self,
        needed: list[TopicPartition],
        waiting: dict[TopicPartition, deque[DecodedRecord]],
        unread: Positions,
    ) -> bool:
        """One read; whether it brought anything. Compaction leaves ends without a record."""
        found = await self._consumer.getmany(*needed, timeout_ms=_READ_MS)
        ended = [
            partition
            for partition in needed
            if await self._consumer.position(partition) >= unread[partition]
        ]
        for partition, records in found.items():
            items = [decoded(one) for one in records if one.offset < unread[partition]]
            waiting[partition].extend(item for item in items if item.event is not None)
        for partition in ended:
            del unread[partition]
        return bool(found or ended)


def _is_completed(
    batch: list[DecodedRecord],
    waiting: Mapping[TopicPartition, deque[DecodedRecord]],
    unread: Collection[TopicPartition],
) -> bool:
    """Adds the next records of all; false when a partition must be read on to know which is next.

    What came at one time is in the order in which the partitions are named.
    """
    rank = {partition: number for number, partition in enumerate(waiting)}
    heads = [
        (*_when(records[0]), rank[partition], partition)
        for partition, records in waiting.items()
        if records
    ]
    heapq.heapify(heads)
    while heads and len(batch) < _BATCH_RECORDS:
        timestamp, _, _, partition = heads[0]
        if batch and timestamp > batch[0].record.timestamp + _BATCH_SPAN_MS:
            return True
        records = waiting[partition]
        batch.append(records.popleft())
        if records:
            heapq.heapreplace(heads, (*_when(records[0]), rank[partition], partition))
        elif partition in unread:
            return False
        else:
            heapq.heappop(heads)
    return len(batch) == _BATCH_RECORDS


def _when(item: DecodedRecord) -> tuple[int, datetime]:
    """The log counts milliseconds; within one the events' own times give their order."""
    event: Event[Any] | None = item.event
    assert event is not None
    return item.record.timestamp, event.time


def log_time(batch: list[DecodedRecord]) -> datetime:
    """When the last of these records came into the log."""
    return datetime.fromtimestamp(batch[-1].record.timestamp / 1000, UTC)


@asynccontextmanager
async def whole_log(kafka: KafkaSettings) -> AsyncIterator[WholeLog]:
    """A reader in no group. Raises `Unavailable` when the broker does not answer."""
    timeout_s = kafka.request_timeout_ms / 1000
    consumer = AIOKafkaConsumer(
        **KafkaAccess(kafka.bootstrap, kafka.security).client_options(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        request_timeout_ms=kafka.request_timeout_ms,
    )
    try:
        try:
            async with asyncio.timeout(timeout_s):
                await consumer.start()
        except Exception as error:
            raise Unavailable(
                f"Kafka does not answer at {kafka.bootstrap} ({type(error).__name__})"
            ) from error
        yield WholeLog(consumer, timeout_s)
    finally:
        await consumer.stop()
