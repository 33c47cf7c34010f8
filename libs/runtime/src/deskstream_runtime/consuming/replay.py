"""Handles parked records again when asked to: read from their topic, through the same handlers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from deskstream_runtime.consuming.decoding import DecodedRecord, decoded
from deskstream_runtime.consuming.routing import Routes
from deskstream_runtime.dead_letters.dead_letter import dead_letter
from deskstream_runtime.dead_letters.parking_lot import (
    ParkedRecord,
    next_to_replay,
    replay_failed,
    take,
)
from deskstream_runtime.effects import Effects
from deskstream_runtime.errors import GivenUpByPerson, Rejected, Unavailable, cause_of, is_transient
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import existing_topics
from deskstream_runtime.postgres.connection import Transaction

_log = structlog.get_logger()

_POLL_S = 1.0
_TICKETS_MAX = 50
_READ_TIMEOUT_S = 5.0


class LostRecord(Exception):
    """The log that held a parked record is gone."""


class Replayer:
    """Replays parked tickets in order, one record a transaction, until none is asked for.

    The rules are those of the first time: a rejected record goes to the dead letters and its ticket
    continues; after an unknown failure the ticket stays parked until a replay is asked for again.
    """

    def __init__(self, infrastructure: Infrastructure, routes: Routes) -> None:
        self._infrastructure = infrastructure
        self._database = infrastructure.database
        self._unit_of_work = infrastructure.unit_of_work
        self._routes = routes

    @property
    def _access(self) -> KafkaAccess:
        kafka = self._infrastructure.settings.kafka
        return KafkaAccess(kafka.bootstrap, kafka.security)

    async def run(self) -> None:
        """Looks for requested replays until cancelled."""
        while True:
            try:
                waiting = await self._requested()
                if waiting:
                    async with _consumer(self._access) as consumer:
                        while waiting:
                            await self._replay_all(consumer, waiting)
                            waiting = await self._requested()
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("replay.waiting", error=type(error).__name__)
            await asyncio.sleep(_POLL_S)

    async def _requested(self) -> Sequence[ParkedRecord]:
        async with self._database.connection() as connection:
            return await next_to_replay(connection, _TICKETS_MAX)

    async def _replay_all(
        self, consumer: AIOKafkaConsumer, waiting: Sequence[ParkedRecord]
    ) -> None:
        """One record of each ticket. Raises at the end what kept one from being read now."""
        failed: Exception | None = None
        for parked in waiting:
            try:
                await self._replay(consumer, parked)
            except Exception as error:
                if not is_transient(error):
                    raise
                failed = error
        if failed is not None:
            raise failed

    async def _replay(self, consumer: AIOKafkaConsumer, parked: ParkedRecord) -> None:
        try:
            item = await self._read(consumer, parked)
        except LostRecord as lost:
            if parked.discard_reason is None:
                why = f"{lost}: `desk parked discard` gives the ticket's records up"
                _log.error("replay.lost", topic=parked.partition.topic, offset=parked.offset)
                await self._unit_of_work.run(lambda tx: self._fail(tx, parked, why))
                return
            item = None
        if item is not None and parked.discard_reason is not None:
            item = item._replace(refused=GivenUpByPerson(parked.discard_reason))
        try:
            await self._unit_of_work.run(lambda tx: self._handle(tx, parked, item))
        except Rejected as error:
            assert item is not None
            refused = item._replace(refused=error)
            await self._unit_of_work.run(lambda tx: self._handle(tx, parked, refused))
        except Exception as error:
            if await self._database.is_away(error):
                raise
            why = cause_of(error)
            _log.error(
                "replay.failed", topic=parked.partition.topic, offset=parked.offset, exc_info=error
            )
            await self._unit_of_work.run(lambda tx: self._fail(tx, parked, why))

    async def _read(self, consumer: AIOKafkaConsumer, parked: ParkedRecord) -> DecodedRecord | None:
        """The record; None when a revision has replaced it. Raises `LostRecord`."""
        topic = parked.partition.topic
        try:
            record = await read_record(consumer, parked)
        except (TimeoutError, KafkaError, Unavailable):
            if topic in await existing_topics(self._access, within_s=_READ_TIMEOUT_S):
                raise
            raise LostRecord(f"{topic} is not there any more") from None
        if record is None:
            return None
        item = decoded(record)
        if item.event is not None and item.event.subject != parked.subject:
            raise LostRecord(f"{topic} was made anew and holds another record there")
        return item

    async def _handle(
        self, tx: Transaction, parked: ParkedRecord, item: DecodedRecord | None
    ) -> Effects:
        """One record, unless another process has it. None means that it left the log."""
        if not await take(tx, parked.seq):
            return Effects()
        if item is None:
            _log.warning("replay.record_gone", topic=parked.partition.topic, offset=parked.offset)
            return Effects()
        if item.refused is not None:
            name, now = self._infrastructure.name, self._infrastructure.clock()
            return Effects(events=[dead_letter(name, item.record, item.refused, now)])
        assert item.event is not None
        return await self._routes.handle(tx, [item.event])

    async def _fail(self, tx: Transaction, parked: ParkedRecord, why: str) -> Effects:
        await replay_failed(tx, parked, why)
        return Effects()


@asynccontextmanager
async def _consumer(access: KafkaAccess) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader of single records, in no group."""
    consumer = AIOKafkaConsumer(
        **access.client_options(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def read_record(
    consumer: AIOKafkaConsumer, parked: ParkedRecord
) -> "ConsumerRecord[bytes, bytes] | None":
    """The record at its position in the log; None when a revision has replaced it.

    A revision has the same key, so compaction removed the original; it came later, and was handled
    or waits behind. Raises `Unavailable` when the log does not answer in time.
    """
    partition = parked.partition
    consumer.assign([partition])
    consumer.seek(partition, parked.offset)
    async with asyncio.timeout(_READ_TIMEOUT_S):
        ends = await consumer.end_offsets([partition])
    if ends[partition] <= parked.offset:
        return None
    batches = await consumer.getmany(timeout_ms=int(_READ_TIMEOUT_S * 1000), max_records=1)
    for record in batches.get(partition, ()):
        return record if record.offset == parked.offset else None
    raise Unavailable(f"{partition.topic}/{partition.partition} does not answer")
