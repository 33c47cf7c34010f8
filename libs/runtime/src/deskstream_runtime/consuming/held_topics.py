"""Topics that exist and are not read, each for a reason that health shows; the others are."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from aiokafka import TopicPartition

from deskstream_runtime.clock import Clock
from deskstream_runtime.kafka.positions import Positions, columns_of
from deskstream_runtime.postgres.connection import Connection, Transaction

_REFUSED_FOR_S = 30.0

# All by the primary key (topic, partition); `_PARKED` by parked_record_cause.
_IDS = """
select topic, partition, topic_id from consumer_offset
join unnest($1::text[], $2::int[]) n(topic, partition) using (topic, partition)
where topic_id is not null
"""
_ADOPT = """
update consumer_offset o set topic_id = n.topic_id
from unnest($1::text[], $2::int[], $3::uuid[]) n(topic, partition, topic_id)
where o.topic = n.topic and o.partition = n.partition and o.topic_id is distinct from n.topic_id
"""
_REMADE = """
select distinct o.topic from consumer_offset o
join unnest($1::text[], $2::uuid[]) n(topic, topic_id) using (topic)
where o.next_offset > 0 and o.topic_id <> n.topic_id
"""
_PARKED = "select count(distinct subject) from parked_record where topic = $1"
_RESTART = "update consumer_offset set next_offset = 0, topic_id = null where topic = $1"


class CannotRestart(Exception):
    """Tickets wait with records of the topic that is gone."""


async def restart_topic(tx: Transaction, topic: str) -> None:
    """Has the topic that is there now read from its start, by a running service within seconds.

    Raises `CannotRestart` while records are parked: where they were, there are others now.
    """
    if parked := await tx.fetchval(_PARKED, topic):
        raise CannotRestart(
            f"{parked} tickets are parked with records of {topic} as it was: they cannot be "
            "replayed. Give them up first: `desk parked discard`"
        )
    await tx.execute(_RESTART, topic)


async def any_remade(connection: Connection, ids: Mapping[str, UUID]) -> str | None:
    """A topic made anew that nobody has decided on; its positions say nothing of what is read."""
    topic: str | None = await connection.fetchval(_REMADE, list(ids), list(ids.values()))
    return topic


async def remade_topics(
    tx: Transaction, positions: Positions, ids: Mapping[str, UUID]
) -> frozenset[str]:
    """Topics made anew since we read them: a position of ours is one in the log that is gone.

    Where nothing had been read, the new topic is read: its id is the position's from now on.
    """
    rows = await tx.fetch(_IDS, *columns_of(positions))
    known = {TopicPartition(row["topic"], row["partition"]): row["topic_id"] for row in rows}
    remade = frozenset(
        partition.topic
        for partition, offset in positions.items()
        if offset > 0 and known.get(partition) not in {None, ids[partition.topic]}
    )
    mine = [partition for partition in positions if partition.topic not in remade]
    if any(known.get(partition) != ids[partition.topic] for partition in mine):
        await tx.execute(_ADOPT, *columns_of(mine), [ids[one.topic] for one in mine])
    return remade


class HeldTopics:
    """The topics that are not read, and why.

    A topic whose log is not the one that was read waits for a person: to read on by itself, once
    the new log is long enough, would be silent loss. It is read again once its positions are 0.
    """

    def __init__(self, service: str, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._lost: dict[str, str] = {}
        self._refused: dict[str, float] = {}

    @property
    def reasons(self) -> dict[str, str]:
        """What is wrong with each topic, and what to do."""
        return self._lost | {
            topic: f"{topic}: this service is not allowed to read it. Give its user READ on the "
            "topic; it is then read by itself"
            for topic in self._refused
        }

    def begins_anew(self, positions: Positions) -> bool:
        """Whether a topic that waited for a person is to be read from its start now."""
        return not self._lost.keys().isdisjoint(_at_their_start(positions))

    @property
    def lost(self) -> Collection[str]:
        """Topics that wait for a person."""
        return self._lost.keys()

    @property
    def any_due(self) -> bool:
        """Whether it is time to try one again that was refused."""
        return any(until <= self._clock().timestamp() for until in self._refused.values())

    def refuse(self, topic: str) -> None:
        """The broker does not let us read it: it is tried again later."""
        self._refused[topic] = self._clock().timestamp() + _REFUSED_FOR_S

    def judge(
        self, positions: Positions, ends: Mapping[TopicPartition, int], remade: Iterable[str]
    ) -> Positions:
        """The positions from which may be read on; the topics of the others are held."""
        for topic in _at_their_start(positions):
            self._lost.pop(topic, None)
        for topic in remade:
            self._lost[topic] = self._reason(topic, f"{topic} was deleted and made anew")
        for partition, offset in positions.items():
            if offset > ends[partition]:
                self._lost[partition.topic] = self._reason(
                    partition.topic,
                    f"{partition.topic}/{partition.partition} is handled up to {offset}, but the "
                    f"log ends at {ends[partition]}: it was lost or made anew",
                )
        now = self._clock().timestamp()
        self._refused = {topic: until for topic, until in self._refused.items() if until > now}
        held = self._lost.keys() | self._refused.keys()
        return {
            partition: offset
            for partition, offset in positions.items()
            if partition.topic not in held
        }

    def _reason(self, topic: str, what: str) -> str:
        return (
            f"{what}. Restore it and start this service again, or have what is there now read from "
            f"its start: `desk positions restart {self._service} {topic}`"
        )


def _at_their_start(positions: Positions) -> set[str]:
    """Topics of which nothing is handled."""
    handled = {partition.topic for partition, offset in positions.items() if offset > 0}
    return {partition.topic for partition in positions} - handled
