"""The log handed to a service's handlers once more: as far as the service had handled it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from deskstream_contracts import TOPICS, Event, UndecodableRecord, decode
from deskstream_runtime.consuming.decoding import DecodedRecord
from deskstream_runtime.consuming.routing import Routes
from deskstream_runtime.errors import Rejected
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.committed_offsets import committed_offsets
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.outbox.store import headers_from_text
from deskstream_runtime.rebuilding.plan import RebuildPlan, RebuildRefused, Report
from deskstream_runtime.rebuilding.whole_log import WholeLog, log_time, whole_log
from deskstream_runtime.settings import KafkaSettings

_REPORT_EVERY_RECORDS = 50_000
_ROWS = 500

_PARKED = "select topic, partition, record_offset from parked_record"
# By the primary key of each; rows held back keep their numbers.
_UNSENT = """
(select seq, topic, headers, value from outbox where seq > $1 order by seq limit $2)
union all
(select seq, topic, headers, value from outbox_aside where seq > $1 order by seq limit $2)
order by seq limit $2
"""


class LogClock:
    """Shows when what is handled now came into the log, as it was when it was handled first."""

    def __init__(self) -> None:
        self.now = datetime.fromtimestamp(0, UTC)

    def __call__(self) -> datetime:
        return self.now


class Fold:
    """Makes a state from the log, in the tables that the open database finds.

    `connection` leads to the tables of before: parked records and unsent rows are there.
    """

    def __init__(
        self,
        infrastructure: Infrastructure,
        plan: RebuildPlan,
        connection: "asyncpg.Connection[Any]",
        clock: LogClock,
        report: Report,
    ) -> None:
        self._service = infrastructure.name
        self._routes = Routes(plan.routes)
        self._database = infrastructure.database
        self._connection = connection
        self._clock = clock
        self._report = report
        self._handled = 0

    async def run(self, kafka: KafkaSettings, positions: Positions) -> Positions:
        """Folds the log, and the outbox behind it; returns the positions that it went by.

        These are the given ones, if there are any. Raises `RebuildRefused` when the log does not
        lead to a state, and a transient error while a server is away.
        """
        async with whole_log(kafka) as log:
            partitions = await log.partitions(self._routes.topics)
            log_ends = await log.ends(partitions)
            known = positions or await self._left_in_kafka(log_ends, kafka)
            await self._read(log, self._ends(log_ends, known))
        await self._take_unsent()
        return known

    def _ends(self, log_ends: Positions, positions: Positions) -> Positions:
        """The ends to read to: the stored positions of others' topics, the ends of our own.

        What lies behind a position was never handled: the service will, with all that follows.
        """
        owned = {topic.name for topic in TOPICS if topic.owner == self._service}
        ends = {
            partition: log_end if partition.topic in owned else positions.get(partition, 0)
            for partition, log_end in log_ends.items()
        }
        for partition, end in ends.items():
            if end > log_ends[partition]:
                raise RebuildRefused(
                    f"{partition.topic}/{partition.partition} was handled up to {end}, but the log "
                    f"ends at {log_ends[partition]}: it was lost or made anew. Restore it first."
                )
        return ends

    async def _left_in_kafka(self, log_ends: Positions, kafka: KafkaSettings) -> Positions:
        """A database that was lost knows no positions; Kafka has the last that we left there.

        Where nothing was left, all there is counts as handled: nothing may be done twice.
        """
        left = await committed_offsets(kafka, self._service)
        if not left:
            self._report("No positions are known: all that is in the log counts as handled.")
            return dict(log_ends)
        self._report(
            "The database knows no positions: reading as far as Kafka says it was handled."
        )
        return left

    async def _read(self, log: WholeLog, ends: Positions) -> None:
        parked = {
            (row["topic"], row["partition"], row["record_offset"])
            for row in await self._connection.fetch(_PARKED)
        }
        total = sum(ends.values())
        self._report(f"Reading {total} records of {len(self._routes.topics)} topics.")
        reported = 0
        async for batch in log.batches(ends):
            self._clock.now = log_time(batch)
            await self._apply(
                [one for one in batch if (*one.partition, one.record.offset) not in parked]
            )
            if self._handled - reported >= _REPORT_EVERY_RECORDS:
                reported = self._handled
                self._report(f"{reported} of {total}, up to {self._clock.now:%Y-%m-%d %H:%M} UTC.")

    async def _apply(self, batch: Sequence[DecodedRecord]) -> None:
        """Hands a batch to the handlers, in halves when it fails or takes too long.

        A record that they reject is a dead letter already.
        """
        try:
            await self._handle([one.event for one in batch if one.event is not None])
        except Exception as error:
            if await self._database.is_away(error):
                raise
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._apply(batch[:middle])
                await self._apply(batch[middle:])
                return
            if isinstance(error, Rejected):
                return
            record = batch[0].record
            where = f"{record.topic}/{record.partition}/{record.offset}"
            raise RebuildRefused(
                f"The handlers fail on the record {where} ({type(error).__name__}), though it was "
                "handled before. The state is as it was."
            ) from error

    async def _handle(self, events: Sequence[Event[Any]]) -> None:
        """The effects are dropped: they were published and done when the events were first handled.

        What they do on commit, for themselves, is done.
        """
        async with self._database.transaction() as tx:
            # A crash throws the schema away; the switch at the end waits for all of it.
            await tx.execute("set local synchronous_commit to off")
            effects = await self._routes.handle(tx, events)
        if effects.on_commit is not None:
            effects.on_commit()
        self._handled += len(events)

    async def _take_unsent(self) -> None:
        """What waits in the outbox was decided, and will be in the log."""
        topics, after = set(self._routes.topics), 0
        while rows := await self._connection.fetch(_UNSENT, after, _ROWS):
            after = rows[-1]["seq"]
            events = list(_decoded(row for row in rows if row["topic"] in topics))
            if events:
                self._clock.now = max(self._clock.now, *(event.time for event in events))
                await self._handle(events)


def _decoded(rows: Iterable[Any]) -> Iterable[Event[Any]]:
    """The events in rows of the outbox; they were encoded by us."""
    for row in rows:
        try:
            yield decode(row["topic"], headers_from_text(row["headers"]), row["value"])
        except UndecodableRecord as error:
            raise RebuildRefused(
                f"The outbox row {row['seq']} cannot be read ({error.reason}): it was written by "
                "another version. Let that version send it first."
            ) from error
