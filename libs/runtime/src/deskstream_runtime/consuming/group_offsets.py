"""The group's committed offsets in Kafka, for lag displays. Nothing depends on them."""

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata

from deskstream_runtime.kafka.positions import Positions

_log = structlog.get_logger()

_INTERVAL_S = 1.0
_TIMEOUT_S = 5.0


class GroupOffsets:
    """Commits positions to Kafka in the background, at most one commit a second."""

    def __init__(self) -> None:
        self._waiting: tuple[AIOKafkaConsumer | None, Positions] | None = None
        self._committing: asyncio.Task[None] | None = None

    def commit_soon(self, consumer: "AIOKafkaConsumer | None", positions: Positions) -> None:
        """Commits what `positions` holds then: at once, or a second after the last commit."""
        self._waiting = (consumer, positions)
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())

    async def commit_last(self, consumer: "AIOKafkaConsumer | None", positions: Positions) -> None:
        """Commits now, and never after it."""
        if self._committing is not None:
            self._committing.cancel()
        await _commit(consumer, positions)

    async def _commit_all(self) -> None:
        while self._waiting is not None:
            (consumer, positions), self._waiting = self._waiting, None
            await _commit(consumer, positions)
            await asyncio.sleep(_INTERVAL_S)


async def _commit(consumer: "AIOKafkaConsumer | None", positions: Positions) -> None:
    """One commit. Bounded, as a frozen broker never answers; never fails."""
    if consumer is None or not positions:
        return
    offsets = {partition: OffsetAndMetadata(offset, "") for partition, offset in positions.items()}
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await consumer.commit(offsets)
    except Exception as error:
        _log.info("consumer.offsets_not_committed", error=type(error).__name__)
