"""Tells Kafka now and then how far we are, for lag displays. Nothing depends on it."""

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata

from deskstream_runtime.consuming.positions import Positions

_log = structlog.get_logger()

_INTERVAL_S = 1.0
_TIMEOUT_S = 5.0


class GroupOffsets:
    """Commits positions to Kafka in the background, at most one commit a second."""

    def __init__(self) -> None:
        self._waiting: tuple[AIOKafkaConsumer | None, Positions] | None = None
        self._leaving: asyncio.Task[None] | None = None

    def leave_soon(self, consumer: "AIOKafkaConsumer | None", positions: Positions) -> None:
        """Leaves a hint of what `positions` holds then: at once, or a second after the last one."""
        self._waiting = (consumer, positions)
        if self._leaving is None or self._leaving.done():
            self._leaving = asyncio.create_task(self._leave_all())

    async def leave_last(self, consumer: "AIOKafkaConsumer | None", positions: Positions) -> None:
        """Leaves a hint now, and none after it."""
        if self._leaving is not None:
            self._leaving.cancel()
        await _leave(consumer, positions)

    async def _leave_all(self) -> None:
        while self._waiting is not None:
            (consumer, positions), self._waiting = self._waiting, None
            await _leave(consumer, positions)
            await asyncio.sleep(_INTERVAL_S)


async def _leave(consumer: "AIOKafkaConsumer | None", positions: Positions) -> None:
    """One hint. Bounded, as a commit to a frozen broker never returns; never fails."""
    if consumer is None or not positions:
        return
    offsets = {place: OffsetAndMetadata(offset, "") for place, offset in positions.items()}
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await consumer.commit(offsets)
    except Exception as error:
        _log.info("consumer.hint_failed", error=type(error).__name__)
