"""FastStream's batch subscriber in the one form we use, tried on a real broker.

Raw records in, manual acknowledgement, no injection, no topic creation: docs/decisions/0004 says
why. FastStream owns the client's life and the reading task; what a record means and where reading
goes on are not its business.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from itertools import chain
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, TopicAuthorizationFailedError
from faststream import AckPolicy
from faststream.kafka.message import KafkaMessage

from deskstream_runtime.backoff import Backoff
from deskstream_runtime.kafka.broker import new_broker
from deskstream_runtime.kafka.stopping import STOP_TIMEOUT_S, stopped
from deskstream_runtime.settings import KafkaSettings

Records: TypeAlias = "tuple[ConsumerRecord[bytes, bytes], ...]"


class NotHandedOver(Exception):
    """FastStream swallowed what went wrong before our handler: the batch is to be read again."""


class LogClient:
    """One member of the group, made for fixed topics, that hands each batch to `take`.

    A batch that was not full pauses reading: whoever took it resumes when it wants the next.
    `failed` is called when reading itself went wrong: what comes next may leave a gap, so it must
    pause at once, and seek to where reading was. `take` and `failed` must not raise.
    """

    def __init__(
        self,
        group: str,
        topics: frozenset[str],
        settings: KafkaSettings,
        *,
        instance_id: str | None,
        listener: ConsumerRebalanceListener,
        take: Callable[[Records], Awaitable[None]],
        failed: Callable[[Exception], None],
    ) -> None:
        self._records_max = settings.batch_records_max
        self._timeout_ms = settings.batch_timeout_ms
        self._take = take
        self._failed = failed
        self._on_its_way = False
        self._backoff = Backoff()
        self._broker = new_broker(settings, group)
        self._subscriber = self._broker.subscriber(
            *sorted(topics),
            group_id=group,
            group_instance_id=instance_id and _member_of(instance_id, topics),
            batch=True,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=settings.heartbeat_interval_ms,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            listener=listener,
            parser=_wrap,
            decoder=_unwrap,
            no_reply=True,
        )
        # FastStream has no public way to read otherwise; `_fetch` says why it must be.
        self._subscriber.get_msg = self._fetch  # type: ignore[method-assign]
        self._subscriber(self._hand_over)

    async def start(self) -> None:
        """Joins the group. Raises a transient error when the broker does not answer."""
        await self._broker.start()

    async def stop(self, within_s: float = STOP_TIMEOUT_S) -> None:
        """Leaves the group, so that others take over. Bounded: a frozen broker never answers."""
        await stopped(self._broker.stop(), "reader", within_s)

    @property
    def consumer(self) -> "AIOKafkaConsumer | None":
        """The client of aiokafka, once it was started."""
        return self._subscriber.consumer

    @property
    def has_died(self) -> bool:
        """Whether a task of aiokafka's own has ended: it starts none of them again.

        Without the one that fetches, it reads nothing and raises nothing.
        """
        consumer = self.consumer
        if consumer is None or consumer._coordinator is None:
            return False
        tasks: tuple[asyncio.Task[object], ...] = (
            consumer._client._sync_task,
            consumer._coordinator._coordination_task,
            consumer._fetcher._fetch_task,
        )
        return any(task.done() for task in tasks)

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
            if not isinstance(error, TopicAuthorizationFailedError):
                # Some are raised at once, each time; this one, once for each partition.
                await asyncio.sleep(self._backoff.next_s())
            return ()
        self._backoff.reset()
        records: Records = tuple(chain.from_iterable(batches.values()))
        if 0 < len(records) < self._records_max:
            consumer.pause(*consumer.assignment())
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
