"""The time of the log: until when every event that could stop a clock is known to be handled.

Wall-clock time would say that a customer waited too long when the answer is only not read yet: it
waits in a writer's outbox, in a partition that another replica reads, or further on in a log that
is read again from its beginning. So clocks follow a writer's watermark, once every partition has
been handled up to the end it had when the watermark was known. While a writer is silent, or while
reading stands or lags, this time stands.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from deskstream_contracts import Event, topic_named, topics_read_by
from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_runtime.backoff import Backoff
from deskstream_runtime.consuming.held_topics import any_remade
from deskstream_runtime.consuming.positions import all_positions
from deskstream_runtime.consuming.routing import Route, on
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.errors import is_transient
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.stopping import stopped
from deskstream_runtime.kafka.topic_ids import topic_ids
from deskstream_runtime.observability.metrics import LOG_TIME_AGE
from deskstream_runtime.postgres.connection import Transaction

_log = structlog.get_logger()

_ADVANCE = """
insert into watermark (topic, until) values ($1, $2)
on conflict (topic) do update set until = greatest(watermark.until, excluded.until)
"""
_UNTIL = "select until from watermark where topic = $1"
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """Everything timed before `until` lies before these ends of the log."""

    until: datetime
    ends: Mapping[TopicPartition, int]

    def first_unread(self, positions: Mapping[TopicPartition, int]) -> TopicPartition | None:
        """A partition that is not handled up to its end; None when all are."""
        unread = (
            partition for partition, end in self.ends.items() if positions.get(partition, 0) < end
        )
        return next(unread, None)


@dataclass(frozen=True, slots=True)
class KnownTime:
    """The latest watermark that was reached, and the one that is waited for.

    A watermark that is waited for is not replaced: under steady traffic each new one would lie
    further on, and none would ever be reached.
    """

    reached: ReadUpTo | None = None
    wanted: ReadUpTo | None = None

    def wants(self, until: datetime) -> bool:
        """Whether a watermark with this time is the next to wait for."""
        return self.wanted is None and (self.reached is None or until > self.reached.until)

    def at(self, positions: Mapping[TopicPartition, int]) -> "KnownTime":
        """The known time at these positions; a database that was set back knows none."""
        if self.wanted is not None and self.wanted.first_unread(positions) is None:
            return KnownTime(reached=self.wanted)
        if self.reached is not None and self.reached.first_unread(positions) is not None:
            return replace(self, reached=None)
        return self


class LogTime:
    """The log time of one process, for its scheduled jobs; it follows the shared positions."""

    def __init__(self, infrastructure: Infrastructure) -> None:
        self._infrastructure = infrastructure
        self._settings = infrastructure.settings.watermark
        self._topic = WatermarkAdvanced.event_type
        self._partitions = [
            TopicPartition(topic.name, number)
            for topic in topics_read_by(infrastructure.name)
            if topic.name != self._topic
            for number in range(topic_named(topic.name).partitions)
        ]
        self._topics = {partition.topic for partition in self._partitions}
        self._known = KnownTime()
        self._advanced_at = infrastructure.clock()
        self._reason: str | None = "no watermark was read yet"

    def route(self) -> Route:
        return on(self._keep, WatermarkAdvanced)

    async def now(self, tx: Transaction) -> datetime | None:
        """The time of the clocks, in the transaction that checks them; None: not known."""
        positions = await all_positions(tx)
        before = self._known.reached
        self._known = self._known.at(positions)
        reached, wanted = self._known.reached, self._known.wanted
        if reached is not None and reached is not before:
            self._advanced_at = self._infrastructure.clock()
            self._reason = None
        elif wanted is not None and (partition := wanted.first_unread(positions)) is not None:
            at, end = positions.get(partition, 0), wanted.ends[partition]
            self._reason = f"{partition.topic}/{partition.partition} is handled up to {at} of {end}"
        self._observe()
        return None if reached is None else reached.until

    def _observe(self) -> None:
        """Before any time is known: how long none has been."""
        reached = self._known.reached
        since = self._advanced_at if reached is None else reached.until
        LOG_TIME_AGE.set(max(0.0, (self._infrastructure.clock() - since).total_seconds()))

    def warnings(self) -> dict[str, str]:
        """Since when time stands, and why, when it is so for longer than the setting."""
        stands_s = (self._infrastructure.clock() - self._advanced_at).total_seconds()
        if stands_s < self._settings.late_after_s:
            return {}
        why = self._reason or f"nothing new on {self._topic}: does its owner publish?"
        return {"log_time": f"clocks stand since {self._advanced_at:%Y-%m-%dT%H:%M:%SZ}: {why}"}

    async def run(self) -> None:
        """Asks the log for its ends whenever there is a later watermark, until cancelled."""
        backoff = Backoff()
        while True:
            consumer = self._new_consumer()
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    await consumer.start()
                backoff.reset()
                while True:
                    await self._follow(consumer)
                    # Watermarks come as often as this: to ask sooner would find nothing new.
                    await asyncio.sleep(self._settings.interval_s)
            except Exception as error:
                if not is_transient(error):
                    raise
                self._reason = f"the log's ends are not known ({type(error).__name__})"
                _log.warning("log_time.waiting", error=type(error).__name__)
            finally:
                await stopped(consumer.stop(), "log_time")
            await asyncio.sleep(backoff.next_s())

    async def _keep(self, tx: Transaction, events: Sequence[Event[WatermarkAdvanced]]) -> Effects:
        """A watermark knows of nothing later than itself: a forged one would end time for ever."""
        until = max(min(event.data.until, event.time) for event in events)
        await tx.execute(_ADVANCE, self._topic, until)
        return NO_EFFECTS

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        async with self._infrastructure.database.connection() as connection:
            until = await connection.fetchval(_UNTIL, self._topic)
        if until is None or not self._known.wants(until):
            return
        ids = await topic_ids(consumer._client, self._topics, within_s=_TIMEOUT_S)
        async with self._infrastructure.database.connection() as connection:
            remade = await any_remade(connection, ids)
        if remade is not None:
            self._reason = f"{remade} was made anew: what is handled of it is not known"
            return
        async with asyncio.timeout(_TIMEOUT_S):
            ends = await consumer.end_offsets(self._partitions)
        self._known = replace(self._known, wanted=ReadUpTo(until, ends))

    def _new_consumer(self) -> AIOKafkaConsumer:
        kafka = self._infrastructure.settings.kafka
        return AIOKafkaConsumer(
            **KafkaAccess(kafka.bootstrap, kafka.security).client_options(),
            client_id=f"deskstream-{self._infrastructure.name}-log-time",
            group_id=None,
            enable_auto_commit=False,
            request_timeout_ms=kafka.request_timeout_ms,
        )
