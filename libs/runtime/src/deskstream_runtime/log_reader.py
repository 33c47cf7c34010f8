"""FastStream's batch subscriber in the one form we use, tried on a real broker.

Raw records in, manual acknowledgement, no injection, no topic creation: docs/decisions/0004 says
why. FastStream owns the client's life and the reading task; what a record means and where reading
goes on are not its business.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Any, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from deskstream_runtime.backoff import Backoff
from deskstream_runtime.errors import Unavailable, is_transient
from deskstream_runtime.faststream_broker import new_broker
from deskstream_runtime.kafka_access import KafkaAccess
from deskstream_runtime.offsets import Positions
from deskstream_runtime.settings import KafkaSettings
from deskstream_runtime.topics import existing_topics

_log = structlog.get_logger()

Records: TypeAlias = "tuple[ConsumerRecord[bytes, bytes], ...]"

_STOP_TIMEOUT_S = 5.0
_LIST_TIMEOUT_S = 5.0


class NotHandedOver(Exception):
    """FastStream swallowed what went wrong before our handler: the batch is to be read again."""


class NoTopicYet(Unavailable):
    """None of the topics exists."""


class LogReader:
    """Reads the topics as a member of the group and hands each batch to `take`, one at a time.

    A batch that was not full pauses reading: whoever took it calls `go_on` when it wants the next.
    `failed` is called when reading itself went wrong: what comes next may leave a gap, so it must
    pause at once, and seek to where reading was. `take` and `failed` must not raise.

    A client that subscribes to a topic which is not there waits for it and reads nothing else. So
    it subscribes to those that are there; `missing` names the others.
    """

    def __init__(
        self,
        group: str,
        topics: Sequence[str],
        settings: KafkaSettings,
        *,
        instance_id: str | None,
        listener: ConsumerRebalanceListener,
        take: Callable[[Records], Awaitable[None]],
        failed: Callable[[Exception], None],
    ) -> None:
        self._group = group
        self._topics = frozenset(topics)
        self._settings = settings
        self._instance_id = instance_id
        self._listener = listener
        self._records_max = settings.batch_records_max
        self._timeout_ms = settings.batch_timeout_ms
        self._take = take
        self._failed = failed
        self._on_its_way = False
        self._broker: KafkaBroker | None = None
        self._subscriber: BatchSubscriber | None = None
        self.missing: frozenset[str] = frozenset()

    @property
    def consumer(self) -> "AIOKafkaConsumer | None":
        """The client, once it was started."""
        return None if self._subscriber is None else self._subscriber.consumer

    async def start(self, waiting: Callable[[Exception], None]) -> None:
        """Joins the group, trying until the broker answers; `waiting` hears of each failure."""
        backoff = Backoff()
        while True:
            try:
                await self._subscribe(await self._existing())
            except Exception as error:
                if not is_transient(error):
                    raise
                waiting(error)
                await self.stop()
                await asyncio.sleep(backoff.next_s())
            else:
                return

    async def look_for_missing(self) -> None:
        """Reads topics, too, that were missing and are there now."""
        consumer = self.consumer
        if not self.missing or consumer is None:
            return
        existing = await self._existing()
        if self.missing & existing:
            self.missing = self._topics - existing
            # The client joins its group anew with what it subscribes to now.
            consumer.subscribe(topics=sorted(existing), listener=self._listener)
            _log.info("reader.topics_appeared", missing=sorted(self.missing))

    async def broker_answers(self) -> bool:
        """Whether the broker answers a client that is new."""
        try:
            await self._existing()
        except Exception as error:
            _log.warning("reader.no_answer", error=type(error).__name__)
            return False
        return True

    async def _existing(self) -> frozenset[str]:
        access = KafkaAccess(self._settings.bootstrap, self._settings.security)
        return self._topics & await existing_topics(access, within_s=_LIST_TIMEOUT_S)

    async def _subscribe(self, topics: frozenset[str]) -> None:
        """Starts a client for these topics. FastStream's is made for a fixed list of them."""
        self.missing = self._topics - topics
        if not topics:
            raise NoTopicYet("none of its topics is there yet")
        self._broker = new_broker(self._settings, self._group)
        self._subscriber = self._broker.subscriber(
            *sorted(topics),
            group_id=self._group,
            group_instance_id=self._instance_id and _member_of(self._instance_id, topics),
            batch=True,
            session_timeout_ms=self._settings.session_timeout_ms,
            heartbeat_interval_ms=self._settings.heartbeat_interval_ms,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            listener=self._listener,
            parser=_wrap,
            decoder=_unwrap,
            no_reply=True,
        )
        # FastStream has no public way to read otherwise; `_fetch` says why it must be.
        self._subscriber.get_msg = self._fetch  # type: ignore[method-assign]
        self._subscriber(self._hand_over)
        await self._broker.start()

    async def stop(self, within_s: float = _STOP_TIMEOUT_S) -> None:
        """Leaves the group, so that others take over. Bounded: a frozen broker never answers."""
        if self._broker is None:
            return
        try:
            async with asyncio.timeout(within_s):
                await self._broker.stop()
        except Exception as error:
            _log.warning("reader.stop_failed", error=type(error).__name__)

    async def end_offsets(
        self, partitions: Sequence[TopicPartition], timeout_s: float
    ) -> "dict[TopicPartition, int]":
        """Where the log ends now. Raises a transient error when the broker does not answer."""
        consumer = self.consumer
        assert consumer is not None
        async with asyncio.timeout(timeout_s):
            ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        return ends

    def pause(self, assigned: "set[TopicPartition] | None" = None) -> "set[TopicPartition]":
        """Stops reading these, or all we hold, until `go_on_from`; returns them."""
        consumer = self.consumer
        if consumer is None:
            return set()
        held: set[TopicPartition] = set(consumer.assignment()) if assigned is None else assigned
        consumer.pause(*held)
        return held

    def go_on_from(self, positions: Positions) -> Positions:
        """Reads on from these positions; returns those of the partitions that are still ours."""
        consumer = self.consumer
        assert consumer is not None
        ours = {one: positions[one] for one in consumer.assignment() if one in positions}
        for partition, offset in ours.items():
            consumer.seek(partition, offset)
        consumer.resume(*ours)
        return ours

    def go_on(self, positions: Positions) -> None:
        """Reads on after a batch, in those of these partitions that are still ours."""
        consumer = self.consumer
        if consumer is not None:
            consumer.resume(*(one for one in consumer.assignment() if one in positions))

    async def _hand_over(self, records: "list[ConsumerRecord[bytes, bytes]]") -> None:
        """FastStream's handler. Leaves nothing in the message.

        FastStream keeps its message in a context variable, and every timer and task begun meanwhile
        copies the context. asyncpg's timers live for minutes: each would keep a batch in memory.
        """
        self._on_its_way = False
        taken = tuple(records)
        records.clear()
        await self._take(taken)

    async def _fetch(self, consumer: AIOKafkaConsumer) -> Records:
        """Stands in for FastStream's own read, for three reasons.

        Left alone, aiokafka asks the broker for more as soon as it hands out a batch, and is
        answered with the first record that comes: what follows in the meantime waits for the batch
        after the next. So reading pauses until the next batch is wanted, and then gets all there
        is. A full batch does not pause: who is behind has its next one on the way.

        When one partition's records cannot be unpacked, aiokafka (0.14) has already moved past what
        it took from other partitions in the same call and forgets it: every failed read must be
        followed by a seek, or records are lost in silence. And FastStream sleeps after an empty
        read, which costs either latency or, with a short time-out, processor time.
        """
        if self._on_its_way:
            self._on_its_way = False
            self._failed(NotHandedOver("FastStream took a batch and never called its handler"))
            return ()
        try:
            batches = await consumer.getmany(
                timeout_ms=self._timeout_ms, max_records=self._records_max
            )
        except ConsumerStoppedError:
            raise
        except Exception as error:
            self._failed(error)
            return ()
        records: Records = tuple(chain.from_iterable(batches.values()))
        if 0 < len(records) < self._records_max:
            self.pause()
        self._on_its_way = bool(records)
        return records


def _member_of(instance_id: str, topics: frozenset[str]) -> str:
    """The id under which this process is a static member of its group.

    A member that comes back under its id within its session gets the partitions it had, whatever it
    subscribes to now (KIP-345): a new version's topics would stay unread. So one that reads other
    topics is another member, and the one that went gives its partitions up when its session ends.
    """
    digest = hashlib.sha256("\n".join(sorted(topics)).encode()).hexdigest()
    return f"{instance_id}.{digest[:8]}"


async def _wrap(records: Records) -> KafkaMessage:
    """FastStream's parser: hides the records from it, so that none can make it fail."""
    return KafkaMessage(raw_message=list(records), body=b"", consumer=_NO_CONSUMER)


async def _unwrap(message: KafkaMessage) -> Any:
    return message.raw_message


class _NoConsumer:
    """Stands where FastStream would acknowledge; with manual acknowledgement it never does."""

    async def commit(self) -> None:
        raise AssertionError("FastStream must not commit: positions are ours")

    def seek(self, partition: TopicPartition, offset: int) -> None:
        raise AssertionError(f"FastStream must not seek {partition} to {offset}")


_NO_CONSUMER = _NoConsumer()
