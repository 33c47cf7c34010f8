"""Reading a service's topics, those that exist, as a member of its group."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from deskstream_runtime.backoff import Backoff
from deskstream_runtime.consuming.log_client import LogClient, Receiver
from deskstream_runtime.errors import Unavailable, is_transient
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.kafka.stopping import STOP_TIMEOUT_S
from deskstream_runtime.kafka.topic_ids import topic_ids
from deskstream_runtime.kafka.topics import existing_topics

_log = structlog.get_logger()

_LIST_TIMEOUT_S = 5.0


class NoTopicYet(Unavailable):
    """None of the topics exists."""


class LogReader:
    """Hands batches to the receiver, one at a time (`LogClient`), until paused.

    A client that subscribes to a topic which is not there waits for it and reads nothing else. So
    it subscribes to those that are there; `missing` names the others.
    """

    def __init__(
        self, infrastructure: Infrastructure, topics: Sequence[str], receiver: Receiver
    ) -> None:
        self._infrastructure = infrastructure
        self._topics = frozenset(topics)
        self._receiver = receiver
        self._client: LogClient | None = None
        self._ids: Mapping[str, UUID] = {}
        self.missing: frozenset[str] = frozenset()

    @property
    def consumer(self) -> "AIOKafkaConsumer | None":
        """The client of aiokafka, once it was started."""
        return None if self._client is None else self._client.consumer

    @property
    def has_died(self) -> bool:
        """Whether its client can read no more, whatever the broker does."""
        return self._client is not None and self._client.has_died

    async def start(self, waiting: Callable[[Exception], None]) -> None:
        """Joins the group, trying until the broker answers; `waiting` hears of each failure."""
        backoff = Backoff()
        while True:
            try:
                await self._join(await self._existing())
            except Exception as error:
                if not is_transient(error):
                    raise
                waiting(error)
                await self.stop()
                await asyncio.sleep(backoff.next_s())
            else:
                return

    async def topic_ids(self, within_s: float) -> dict[str, UUID]:
        """Those of its topics that are there. Raises a transient error without an answer."""
        consumer = self.consumer
        assert consumer is not None
        return await topic_ids(consumer._client, self._topics, within_s=within_s)

    def follow(self, ids: Mapping[str, UUID]) -> bool:
        """Subscribes anew when topics came, went or were made anew since the last look.

        Then partitions will be assigned again, from what the broker reports now: the client that
        assigns them may have seen a topic go, and would look again only minutes later.
        """
        consumer = self.consumer
        assert consumer is not None
        missing = self._topics - ids.keys()
        made_anew = {one for one, now in ids.items() if self._ids.get(one, now) != now}
        changed = bool(made_anew) or missing != self.missing
        self.missing, self._ids = missing, ids
        if changed:
            _log.warning(
                "reader.topics_changed", missing=sorted(missing), made_anew=sorted(made_anew)
            )
        if changed and ids:
            consumer._client.force_metadata_update()
            consumer.subscribe(topics=sorted(ids), listener=self._receiver)
        return changed

    def assigned(self) -> "frozenset[TopicPartition]":
        consumer = self.consumer
        return frozenset() if consumer is None else frozenset(consumer.assignment())

    async def broker_answers(self) -> bool:
        """Whether the broker answers a client that is new."""
        try:
            await self._existing()
        except Exception as error:
            _log.warning("reader.no_answer", error=type(error).__name__)
            return False
        return True

    async def _existing(self) -> frozenset[str]:
        kafka = self._infrastructure.settings.kafka
        access = KafkaAccess(kafka.bootstrap, kafka.security)
        return self._topics & await existing_topics(access, within_s=_LIST_TIMEOUT_S)

    async def _join(self, topics: frozenset[str]) -> None:
        self.missing = self._topics - topics
        if not topics:
            raise NoTopicYet("none of its topics is there yet")
        self._client = LogClient(self._infrastructure, topics, self._receiver)
        await self._client.start()

    async def stop(self, within_s: float = STOP_TIMEOUT_S) -> None:
        """Leaves the group, so that others take over."""
        if self._client is not None:
            await self._client.stop(within_s)

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
        """Stops reading these, or all we hold, until `resume_at`; returns them."""
        consumer = self.consumer
        if consumer is None:
            return set()
        held: set[TopicPartition] = set(consumer.assignment()) if assigned is None else assigned
        consumer.pause(*held)
        return held

    def resume_at(self, positions: Positions) -> Positions:
        """Continues at these positions; returns those of the partitions that are still ours."""
        consumer = self.consumer
        assert consumer is not None
        ours = {one: positions[one] for one in consumer.assignment() if one in positions}
        for partition, offset in ours.items():
            consumer.seek(partition, offset)
        consumer.resume(*ours)
        return ours

    def resume(self, positions: Positions) -> None:
        """Continues after a batch, in those of these partitions that are still ours."""
        consumer = self.consumer
        if consumer is not None:
            consumer.resume(*(one for one in consumer.assignment() if one in positions))
