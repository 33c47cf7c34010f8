"""The one consumption loop: batches from the log, starting at the positions kept in Postgres.

Kafka's own committed offset is for lag displays; `consumer_offset` alone decides where to read
from.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import structlog
from aiokafka import TopicPartition

from deskstream_runtime.backoff import Backoff
from deskstream_runtime.consuming.batch_processor import BatchProcessor
from deskstream_runtime.consuming.consumer_state import ConsumerState
from deskstream_runtime.consuming.group_offsets import GroupOffsets
from deskstream_runtime.consuming.log_client import Receiver, Records
from deskstream_runtime.consuming.log_reader import LogReader
from deskstream_runtime.consuming.log_watch import LogWatch, TopicsChanged
from deskstream_runtime.consuming.rejoins import Rejoins
from deskstream_runtime.consuming.truncation import LogRestarted, records_of
from deskstream_runtime.deadline import Deadline
from deskstream_runtime.errors import Halt, LostPartition, is_transient
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.linger import AdaptiveLinger
from deskstream_runtime.observability.metrics import observe_batch

_log = structlog.get_logger()

_REVOKE_TIMEOUT_S = 3.0
_CHECK_EVERY_S = 5.0
_HALT_FIRST_S = 1.0
_HALT_MAX_S = 30.0
_BATCH_ENDS = 0.75
"""Share of the time to stop that the batch in hand has; the rest is to leave the group."""


class Consumer(Receiver):
    """Reads the service's topics from its stored positions and hands batches to the processor."""

    def __init__(
        self, infrastructure: Infrastructure, topics: Sequence[str], processor: BatchProcessor
    ) -> None:
        self._settings = settings = infrastructure.settings.kafka
        self._rejoins = Rejoins(infrastructure.clock, settings.rejoins_per_minute_max)
        self._instance_id = infrastructure.settings.instance_id
        self._processor = processor
        self._positions: Positions = {}
        self._unpositioned: set[TopicPartition] = set()
        self._epoch = 0
        self._reposition = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._group_offsets = GroupOffsets()
        self._backoff = Backoff()
        self._halt_backoff = Backoff(_HALT_FIRST_S, _HALT_MAX_S)
        self._reposition_after_s = 0.0
        self._stopping = False
        self.state = ConsumerState()
        least_s, most_s = settings.gather_least_ms / 1000, settings.gather_most_ms / 1000
        self._linger = AdaptiveLinger(least_s, most_s)
        self._reader = LogReader(infrastructure, topics, self)
        self._watch = LogWatch(infrastructure, self._reader)
        self.lag = self._watch.lag

    async def run(self) -> None:
        """Consumes until cancelled; waits for a broker that is away."""
        await self._reader.start(self.state.waits)
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CHECK_EVERY_S):
                    await self._reposition.wait()
            if self._reposition.is_set():
                self._reposition.clear()
                await asyncio.sleep(self._reposition_after_s)
                self._reposition_after_s = 0.0
                await self._reposition_all()
            else:
                await self._check()
            await self._watch.require_hearing()

    @property
    def rejoining(self) -> str | None:
        """Why it counts as joining its group again and again; None when it does not."""
        return self._rejoins.problem(self._instance_id)

    @property
    def missing_topics(self) -> frozenset[str]:
        """Topics to read that are not there; the others are read."""
        return self._reader.missing

    @property
    def held_topics(self) -> dict[str, str]:
        """Topics that are there and not read, and why; the others are read."""
        return self._watch.held.reasons

    async def stop(self, within_s: float) -> None:
        """Finishes the batch in hand, commits the group's offsets, and leaves the group."""
        deadline = Deadline(within_s)
        self._stopping = True
        self._reader.pause()
        try:
            async with asyncio.timeout(deadline.left_s(_BATCH_ENDS)):
                await self._idle.wait()
                await self._group_offsets.commit_last(self._reader.consumer, self._positions)
        except TimeoutError:
            _log.warning("consumer.drain_timed_out", within_s=within_s)
        await self._reader.stop(deadline.left_s())

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002
        """Waits for the batch in hand: what it commits is ours, what comes after is not."""
        self._epoch += 1
        try:
            async with asyncio.timeout(_REVOKE_TIMEOUT_S):
                await self._idle.wait()
        except TimeoutError:
            _log.warning("consumer.revoked_in_mid_batch")
        self._positions = {}

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Pauses before anything else: a record read before its position is known would be lost."""
        self._reader.pause(assigned)
        self._rejoins.assigned()
        self._epoch += 1
        self._positions = {}
        self._unpositioned = set(assigned)
        self._reposition.set()

    async def _reposition_all(self) -> None:
        """Loads positions, seeks, resumes; until it is done or the assignment changes."""
        while self._unpositioned and not self._stopping:
            epoch = self._epoch
            try:
                positions = await self._watch.load_positions(set(self._unpositioned))
            except Exception as error:
                self.state.pauses(error)
                if self._watch.may_be_deaf:
                    self._reposition.set()
                    return
                # The broker or the database is away: it is not to be asked without a pause.
                await asyncio.sleep(self._backoff.next_s())
                continue
            if epoch == self._epoch and not self._stopping:
                self._resume_at(positions)
        if not self._stopping:
            self.state.is_positioned()

    def _resume_at(self, positions: Positions) -> None:
        self._positions = self._reader.resume_at(positions)
        self._unpositioned = set()
        # Lag displays know at once that a topic is empty, or read to its end.
        self._group_offsets.commit_soon(self._reader.consumer, self._positions)
        _log.info("consumer.positioned", partitions=len(self._positions))

    async def _check(self) -> None:
        """Between records: whether the broker answers, and its log is still the one we read."""
        if self._unpositioned or self._stopping:
            return
        try:
            if not await self._watch.is_unchanged(dict(self._positions)):
                self._reposition_later(0.0)
        except TopicsChanged:
            # Partitions will be assigned again; until then the others are read.
            return
        except Exception as error:
            self.state.pauses(error)
        else:
            if self._idle.is_set():
                self.state.works()

    async def take(self, records: Records) -> None:
        """One batch. Never raises: what fails is read again or halts us."""
        positions = self._positions
        if not records or not positions or self._stopping:
            return
        self._idle.clear()
        started = time.monotonic()
        try:
            mine = records_of(positions, records)
            await self._processor.process_batch(mine, positions)
        except Halt as error:
            self._halt(error)
        except Exception as error:
            if not isinstance(error, LostPartition | LogRestarted):
                self.state.batch_fails()
            self._read_again(error)
        else:
            self._backoff.reset()
            self._halt_backoff.reset()
            self.state.works()
            observe_batch(mine, time.monotonic() - started)
            self.lag.handled(mine)
            self._group_offsets.commit_soon(self._reader.consumer, positions)
        finally:
            self._idle.set()
        if len(records) < self._settings.batch_records_max:
            # We are not behind: a pause lets the next batch gather.
            await asyncio.sleep(self._linger.wait_s(time.monotonic() - started))
            if not self._stopping:
                self._reader.resume(self._positions)

    def reading_failed(self, error: Exception) -> None:
        """Reads on in all other topics where one may not be read; else reads again."""
        if self._watch.is_of_one_topic(error):
            self._reposition_later(0.0)
        else:
            self._read_again(error)

    def _read_again(self, error: Exception) -> None:
        """Forgets the positions and pauses: the same records come again once they are loaded."""
        if not isinstance(error, LostPartition | LogRestarted) and not is_transient(error):
            _log.error("consumer.unexpected", exc_info=error)
        self.state.pauses(error)
        self._reposition_later(self._backoff.next_s())

    def _halt(self, error: Halt) -> None:
        """No further record is parked or dead-lettered: the first is tried again at intervals."""
        self.state.halts(error)
        self._reposition_later(self._halt_backoff.next_s())

    def _reposition_later(self, after_s: float) -> None:
        self._positions = {}
        self._unpositioned = self._reader.pause()
        self._reposition_after_s = after_s
        self._reposition.set()
