"""Records in, one transaction, effects out: a batch, and the bad records in it.

Read it straight down: `process_batch` → `_process` → `_write` → `Routes.handle`.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog
from aiokafka import ConsumerRecord

from deskstream_contracts import UndecodableRecord
from deskstream_runtime.backoff import backoff_s
from deskstream_runtime.batch_size import BatchSize
from deskstream_runtime.consuming.decoding import DecodedRecord, decode_all
from deskstream_runtime.consuming.positions import advance
from deskstream_runtime.consuming.routing import Routes
from deskstream_runtime.dead_letters.dead_letter import dead_letter
from deskstream_runtime.dead_letters.dead_letter_limit import DeadLetterLimit
from deskstream_runtime.dead_letters.parking_limit import ParkingLimit, admit_parking
from deskstream_runtime.dead_letters.parking_lot import FailedRecord, park, parked_subjects
from deskstream_runtime.effects import Effects, merged
from deskstream_runtime.errors import (
    Halt,
    LostPartition,
    Rejected,
    SchemaMismatch,
    cause_of,
    disagrees_with_schema,
    is_transient,
)
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.observability.metrics import (
    BATCHES_FAILED,
    RECORDS_DEAD,
    RECORDS_HANDLED,
    RECORDS_PARKED,
    TRANSIENT_FAILURES,
)
from deskstream_runtime.postgres.connection import Transaction

_log = structlog.get_logger()

_RECORDS_MAX = 10_000
_TRIES = 3
_TRY_AGAIN_S = 0.1
_TRY_AGAIN_MAX_S = 5.0
_BEHIND = "behind a parked record of the same ticket"


class BatchProcessor:
    """Processes batches of records, each record exactly once, whatever is in them."""

    def __init__(
        self,
        infrastructure: Infrastructure,
        routes: Routes,
        *,
        limit: DeadLetterLimit,
        parking_limit: ParkingLimit,
    ) -> None:
        self._infrastructure = infrastructure
        self._routes = routes
        self._limit = limit
        self._parking_limit = parking_limit
        self._passed = 0
        self._size = BatchSize(_RECORDS_MAX)

    async def process_batch(
        self, records: "Sequence[ConsumerRecord[bytes, bytes]]", positions: Positions
    ) -> None:
        """Handles records in order and moves `positions` past what is committed.

        Undecodable and rejected records go to the dead letters, the ticket of one that fails
        otherwise is parked, and everything else is handled. A part that fails is halved, down to
        the one record, also when it takes too long. Raises `LostPartition`, a transient error while
        the database is away, or `Halt`, with the rest of the batch not handled.
        """
        left = await decode_all(records)
        while left:
            part = left[: self._size.now]
            try:
                await self._process(part, positions)
            except Exception as error:
                await self._raise_if_no_record_is_the_cause(error, len(part))
                self._size.failed(len(part))
                if len(part) > 1:
                    continue
                await self._retry_alone(part[0], positions, error)
            else:
                self._size.passed(len(part))
            left = left[len(part) :]

    async def _process(self, part: Sequence[DecodedRecord], positions: Positions) -> None:
        """Commits what the dead-letter limit admits; raises `DeadLetterLimitReached` if not all."""
        admitted, limit = self._limit.admit([item.refused is not None for item in part])
        part_admitted = part[:admitted]
        if part_admitted:
            new = _ends(part_admitted)
            parked = await self._infrastructure.unit_of_work.run(
                lambda tx: self._write(tx, part_admitted, positions, new)
            )
            positions.update(new)
            self._limit = limit
            if any(item.failure for item in part_admitted):
                self._passed = 0
            else:
                self._passed += len(part_admitted) - len(parked)
            _count(part_admitted, parked)
        if admitted < len(part):
            raise limit.reached()

    async def _write(
        self, tx: Transaction, part: Sequence[DecodedRecord], old: Positions, new: Positions
    ) -> tuple[Effects, list[FailedRecord]]:
        """Moves the positions, parks, hands events to their handlers, writes dead letters."""
        any_parked = await advance(tx, old, new)
        good = [item for item in part if item.refused is None]
        parked: list[FailedRecord] = []
        if any_parked or any(item.failure for item in good):
            good, parked = await self._park_failed(tx, good)
        effects = await self._routes.handle(tx, [item.event for item in good if item.event])
        name, now = self._infrastructure.name, self._infrastructure.clock()
        dead = [dead_letter(name, item.record, item.refused, now) for item in part if item.refused]
        return merged([effects, Effects(events=dead)]) if dead else effects, parked

    async def _park_failed(
        self, tx: Transaction, items: Sequence[DecodedRecord]
    ) -> tuple[list[DecodedRecord], list[FailedRecord]]:
        """Parks failed records and those behind a parked record of the same ticket."""
        subjects = {item.event.subject for item in items if item.event is not None}
        parked_before = await parked_subjects(tx, list(subjects))
        parked: list[FailedRecord] = []
        good: list[DecodedRecord] = []
        for item in items:
            assert item.event is not None
            subject = item.event.subject
            if item.failure is not None and subject not in parked_before:
                topic = item.record.topic
                await admit_parking(tx, self._parking_limit, topic, item.failure, self._passed)
            if item.failure is not None or subject in parked_before:
                why = item.failure or _BEHIND
                parked.append(FailedRecord(item.partition, item.record.offset, subject, why))
            else:
                good.append(item)
        if parked:
            await park(tx, parked, self._infrastructure.clock())
        return good, parked

    async def _raise_if_no_record_is_the_cause(self, error: Exception, records: int) -> None:
        """Raises an error that any record would meet. Otherwise halving finds the one to blame."""
        if isinstance(error, LostPartition | Halt):
            raise error
        BATCHES_FAILED.labels(type(error).__name__).inc()
        if disagrees_with_schema(error):
            _log.error("batch.schema_mismatch", exc_info=error)
            raise SchemaMismatch(error) from error
        if is_transient(error):
            TRANSIENT_FAILURES.labels("delivery", type(error).__name__).inc()
            if await self._infrastructure.database.is_away(error):
                # It may be so busy that it does not even answer: it is asked for less.
                self._size.failed(records)
                raise error
            _log.warning("batch.failed", records=records, error=type(error).__name__)

    async def _retry_alone(
        self, suspect: DecodedRecord, positions: Positions, error: Exception
    ) -> None:
        """The one record that fails: tried again, then dead-lettered or parked."""
        for attempt in range(1, _TRIES):
            if isinstance(error, Rejected):
                break
            if is_transient(error):
                # It may pass once a lock is gone or the server less busy. An error of the record's
                # own is not waited for: that would only delay the others.
                await asyncio.sleep(backoff_s(attempt, _TRY_AGAIN_S, _TRY_AGAIN_MAX_S))
            try:
                await self._process([suspect], positions)
            except Exception as again:
                await self._raise_if_no_record_is_the_cause(again, 1)
                error = again
            else:
                return
        _log.error(
            "batch.record_rejected" if isinstance(error, Rejected) else "batch.record_failed",
            topic=suspect.record.topic,
            partition=suspect.record.partition,
            offset=suspect.record.offset,
            exc_info=error,
        )
        if isinstance(error, Rejected):
            judged = suspect._replace(refused=error)
        else:
            judged = suspect._replace(failure=cause_of(error))
        await self._process([judged], positions)


def _ends(part: Sequence[DecodedRecord]) -> Positions:
    """The next offset of each partition once these records are handled."""
    return {item.partition: item.record.offset + 1 for item in part}


def _count(part: Sequence[DecodedRecord], parked: Sequence[FailedRecord]) -> None:
    handled = Counter(item.record.topic for item in part if item.refused is None)
    handled.subtract(item.partition.topic for item in parked)
    for topic, records in handled.items():
        RECORDS_HANDLED.labels(topic).inc(records)
    for failed in parked:
        RECORDS_PARKED.labels(failed.partition.topic).inc()
    for item in part:
        match item.refused:
            case UndecodableRecord(reason=reason):
                RECORDS_DEAD.labels(item.record.topic, reason).inc()
            case Rejected():
                RECORDS_DEAD.labels(item.record.topic, "rejected").inc()
