"""The state of the log: its topics, its ends, and whether our client still hears the broker."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from deskstream_runtime.consuming.held_topics import HeldTopics, remade_topics
from deskstream_runtime.consuming.lag import Lag
from deskstream_runtime.consuming.log_reader import LogReader
from deskstream_runtime.consuming.positions import load_positions
from deskstream_runtime.errors import Unavailable
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.positions import Positions

_ANSWER_TIMEOUT_S = 5.0
_UNANSWERED_MAX = 3


class DeafClient(Exception):
    """A client stayed deaf after its broker was away. Ends the process: a new one hears again."""


class TopicsChanged(Unavailable):
    """Topics came, went or were made anew: partitions are being assigned again."""


class LogWatch:
    """Looks at the log, and decides from which positions to continue."""

    def __init__(self, infrastructure: Infrastructure, reader: LogReader) -> None:
        self.lag = Lag(infrastructure.clock)
        self.held = HeldTopics(infrastructure.name, infrastructure.clock)
        self._reader = reader
        self._database = infrastructure.database
        self._ids: Mapping[str, UUID] = {}
        self._unanswered = 0
        self._crashed = False

    def is_of_one_topic(self, error: Exception) -> bool:
        """Whether a read failed because one topic may not be read; notes a client that has crashed.

        A plain `KafkaError` is what aiokafka raises ever after a task of its own has crashed.
        """
        self._crashed = self._crashed or type(error) is KafkaError
        if not isinstance(error, TopicAuthorizationFailedError):
            return False
        for topic in error.args:
            self.held.refuse(str(topic))
        return True

    async def load_positions(self, partitions: Collection[TopicPartition]) -> Positions:
        """The stored positions of these, but for topics that are held.

        Raises `TopicsChanged`, or a transient error when the broker or the database is away.
        """
        ids = await self._topics()
        if any(partition.topic not in ids for partition in partitions):
            raise TopicsChanged("a topic that was assigned is gone")
        async with self._database.transaction() as tx:
            positions = await load_positions(tx, partitions)
            remade = await remade_topics(tx, positions, ids)
        self._ids = ids
        return await self._judged(positions, remade)

    async def is_unchanged(self, positions: Positions) -> bool:
        """Whether the log is still the one that these positions are of, and nothing waits for us.

        Raises as `load_positions`.
        """
        if await self._topics() != self._ids or self.held.any_due or await self._begins_anew():
            return False
        return await self._judged(positions, ()) == positions

    @property
    def may_be_deaf(self) -> bool:
        """Whether our client answers no more, or has not so often that it is to be asked why."""
        return self._has_died or self._unanswered >= _UNANSWERED_MAX

    async def require_hearing(self) -> None:
        """Raises `DeafClient` when our client answers no more though the broker answers others."""
        if self._has_died:
            raise DeafClient("the client's own tasks have ended: start this process again")
        if self.may_be_deaf and await self._reader.broker_answers():
            raise DeafClient(
                f"the Kafka client timed out {self._unanswered} times in a row, though the "
                "broker answers a new one: the process has to be started again"
            )

    @property
    def _has_died(self) -> bool:
        return self._crashed or self._reader.has_died

    async def _topics(self) -> Mapping[str, UUID]:
        try:
            ids = await self._reader.topic_ids(_ANSWER_TIMEOUT_S)
        except TimeoutError:
            self._unanswered += 1
            raise
        if self._reader.follow(ids):
            raise TopicsChanged("topics came, went or were made anew")
        return ids

    async def _begins_anew(self) -> bool:
        partitions = [
            partition for partition in self._reader.assigned() if partition.topic in self.held.lost
        ]
        if not partitions:
            return False
        async with self._database.transaction() as tx:
            return self.held.begins_anew(await load_positions(tx, partitions))

    async def _judged(self, positions: Positions, remade: Iterable[str]) -> Positions:
        try:
            ends = await self._reader.end_offsets(list(positions), _ANSWER_TIMEOUT_S)
        except TimeoutError:
            self._unanswered += 1
            raise
        self._unanswered = 0
        readable = self.held.judge(positions, ends, remade)
        self.lag.measured(readable, ends)
        return readable
