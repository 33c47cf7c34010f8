"""One client of the log, and the loop that reads batches from it: the only one of the runtime.

FastStream makes the client, joins the group and leaves it. Its subscriber has no handler, so it
starts no loop of its own: docs/decisions/0030-faststream-where-it-helps.md says why.
"""

import asyncio
import hashlib
from abc import abstractmethod
from itertools import chain
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord
from aiokafka.errors import ConsumerStoppedError, TopicAuthorizationFailedError
from faststream import AckPolicy

from deskstream_runtime.backoff import Backoff
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.broker import new_broker
from deskstream_runtime.kafka.stopping import STOP_TIMEOUT_S, stopped

Records: TypeAlias = "tuple[ConsumerRecord[bytes, bytes], ...]"


# aiokafka has no types: to the checker its classes are Any, which none may inherit from.
class Receiver(ConsumerRebalanceListener):  # type: ignore[misc]
    """Receives the batches of a client, and learns which partitions it has."""

    @abstractmethod
    async def take(self, records: Records) -> None:
        """Handles a batch. One that was not full has paused reading: this resumes it."""

    @abstractmethod
    def reading_failed(self, error: Exception) -> None:
        """Reading or taking went wrong, and what comes next may leave a gap. Never raises.

        It must pause at once, and seek to the position of each partition.
        """


class LogClient:
    """One member of the group, made for fixed topics, that hands each batch to the receiver."""

    def __init__(
        self, infrastructure: Infrastructure, topics: frozenset[str], receiver: Receiver
    ) -> None:
        settings, instance_id = infrastructure.settings.kafka, infrastructure.settings.instance_id
        self._records_max = settings.batch_records_max
        self._timeout_ms = settings.batch_timeout_ms
        self._receiver = receiver
        self._backoff = Backoff()
        self._reading: asyncio.Task[None] | None = None
        self._broker = new_broker(settings, infrastructure.name)
        self._subscriber = self._broker.subscriber(
            *sorted(topics),
            group_id=infrastructure.name,
            group_instance_id=instance_id and _member_of(instance_id, topics),
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=settings.heartbeat_interval_ms,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            listener=receiver,
        )

    async def start(self) -> None:
        """Joins the group and reads. Raises a transient error when the broker does not answer."""
        await self._broker.start()
        assert self.consumer is not None
        self._reading = asyncio.create_task(self._read(self.consumer), name="reader")

    async def stop(self, within_s: float = STOP_TIMEOUT_S) -> None:
        """Leaves the group, so that others take over. Bounded: a frozen broker never answers."""
        if self._reading is not None:
            self._reading.cancel()
        await stopped(self._broker.stop(), "reader", within_s)

    @property
    def consumer(self) -> "AIOKafkaConsumer | None":
        """The client of aiokafka, once it was started."""
        return self._subscriber.consumer

    @property
    def has_died(self) -> bool:
        """Whether a task of aiokafka's own, or the loop, has ended: none is started again.

        Without the one that fetches, aiokafka reads nothing and raises nothing.
        """
        consumer = self.consumer
        if consumer is None or consumer._coordinator is None or self._reading is None:
            return False
        tasks: tuple[asyncio.Task[object], ...] = (
            self._reading,
            consumer._client._sync_task,
            consumer._coordinator._coordination_task,
            consumer._fetcher._fetch_task,
        )
        return any(task.done() for task in tasks)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        """Reads until the client is stopped; whatever fails is read again.

        When one partition's records cannot be unpacked, aiokafka (0.14) has already moved past what
        it took from other partitions in the same call and forgets it: every failed read must be
        followed by a seek, or records are lost in silence.
        """
        while True:
            try:
                await self._read_batch(consumer)
            except ConsumerStoppedError:
                return
            except Exception as error:
                self._receiver.reading_failed(error)
                if not isinstance(error, TopicAuthorizationFailedError):
                    # Some are raised at once, each time; this one, once for each partition.
                    await asyncio.sleep(self._backoff.next_s())

    async def _read_batch(self, consumer: AIOKafkaConsumer) -> None:
        """Reads one batch and hands it over.

        Left alone, aiokafka asks the broker for more as soon as it hands out a batch, and is
        answered with the first record that comes: what follows in the meantime waits for the batch
        after the next. So reading pauses until the next batch is wanted, and then gets all there
        is. A full batch does not pause: a consumer that is behind has its next one on the way.
        """
        batches = await consumer.getmany(timeout_ms=self._timeout_ms, max_records=self._records_max)
        records: Records = tuple(chain.from_iterable(batches.values()))
        if 0 < len(records) < self._records_max:
            consumer.pause(*consumer.assignment())
        if records:
            await self._receiver.take(records)
        self._backoff.reset()


def _member_of(instance_id: str, topics: frozenset[str]) -> str:
    """The id under which this process is a static member of its group.

    A member that comes back under its id within its session gets the partitions it had, whatever it
    subscribes to now (KIP-345): a new version's topics would stay unread. So one that reads other
    topics is another member, and the one that went gives its partitions up when its session ends.
    """
    digest = hashlib.sha256("\n".join(sorted(topics)).encode()).hexdigest()
    return f"{instance_id}.{digest[:8]}"
