"""Topics that Kafka refuses for good: held back with the reason, tried again, released."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from deskstream_runtime.backoff import Backoff
from deskstream_runtime.observability.metrics import OUTBOX_RELAYED
from deskstream_runtime.outbox.outbox_rows import OutboxRows
from deskstream_runtime.outbox.record_sender import RecordSender
from deskstream_runtime.settings import KafkaSettings

_log = structlog.get_logger()

_RETRY_FIRST_S = 1.0
_REMEDIES = {
    "UnknownTopicOrPartitionError": "create it with all its partitions (the command `topics`)",
    "InvalidTopicError": "give it a name that Kafka takes",
    "TopicAuthorizationFailedError": "let the service's user write to it",
    "MessageSizeTooLargeError": "raise its max.message.bytes",
    "RecordListTooLargeError": "raise its max.message.bytes",
}

_HOLD = """
with moved as (
    delete from outbox where seq = any($1::bigint[])
    returning seq, topic, partition, key, headers, value
), aside as (
    insert into outbox_aside (topic, partition, key, headers, value)
    select topic, partition, key, headers, value from moved order by seq
), counted as (select topic, count(*) as rows from moved group by topic)
insert into topic_aside (topic, error, rows)
select topic, error, rows
from counted join unnest($2::text[], $3::text[]) refused (topic, error) using (topic)
on conflict (topic) do update set rows = topic_aside.rows + excluded.rows
"""
_NOTE_ERROR = "update topic_aside set error = $2 where topic = $1"
_LOAD = "select topic, since, error, rows from topic_aside order by topic"
_RELEASE = "delete from topic_aside where topic = $1"


@dataclass(slots=True)
class RefusedTopic:
    """A topic that is held back: since when, why, and how many rows wait.

    `after`: no row up to this one waits any more. `retry_at` is a time of the monotonic clock.
    """

    since: datetime
    error: str
    rows: int
    backoff: Backoff
    after: int = 0
    retry_at: float = 0.0


class RefusedTopics:
    """The topics held back now. Their rows are moved out of the outbox, in order, and wait."""

    def __init__(
        self, rows: OutboxRows, new_sender: Callable[[], RecordSender], settings: KafkaSettings
    ) -> None:
        self._rows = rows
        self._new_sender = new_sender
        self._chunk = settings.relay_records_max
        self._retry_most_s = settings.relay_retry_most_s
        self._topics: dict[str, RefusedTopic] = {}

    def __bool__(self) -> bool:
        return bool(self._topics)

    def __contains__(self, topic: object) -> bool:
        return topic in self._topics

    @property
    def problem(self) -> str | None:
        """What a person must fix: each topic, why Kafka refuses it, what to do."""
        return "; ".join(_alarm(name, topic) for name, topic in self._topics.items()) or None

    async def load(self) -> None:
        """Reads the held topics; those known keep the time at which they are tried again."""
        rows = await self._rows.connection.fetch(_LOAD)
        for row in rows:
            known = self._topics.get(row["topic"])
            if known is None:
                backoff = Backoff(_RETRY_FIRST_S, self._retry_most_s)
                retry_at = time.monotonic() + backoff.next_s()
                self._topics[row["topic"]] = RefusedTopic(
                    row["since"], row["error"], row["rows"], backoff, retry_at=retry_at
                )
            else:
                known.error, known.rows = row["error"], row["rows"]

    async def hold(self, seqs: Sequence[int], errors: Mapping[str, str]) -> None:
        """Moves rows out of the outbox; topics of `errors` are held back with them."""
        for topic, error in errors.items():
            _log.error("relay.topic_held", topic=topic, error=error)
        errors_by_topic = {name: topic.error for name, topic in self._topics.items()} | {**errors}
        await self._rows.connection.execute(
            _HOLD, seqs, [*errors_by_topic], [*errors_by_topic.values()]
        )
        await self.load()

    async def retry_due(self) -> bool:
        """Tries the topics that are due; returns whether one of them has more to send now."""
        now = time.monotonic()
        due = [name for name, topic in self._topics.items() if topic.retry_at <= now]
        for name in due:
            await self._retry(name, self._topics[name])
        return any(topic.retry_at <= now for topic in self._topics.values())

    async def _retry(self, name: str, topic: RefusedTopic) -> None:
        """One row first, as it is the one refused, then many; in a sender of their own.

        A failure concerns this topic alone, and the others continue.
        """
        sender = self._new_sender()
        try:
            await sender.start()
            for limit in (1, self._chunk):
                rows = await self._rows.next_held(name, (), topic.after, limit)
                if not rows:
                    await self._release(name)
                    return
                if not await self._send(sender, name, topic, rows):
                    return
        except (KafkaError, OSError) as error:
            self._later(topic, error)
        finally:
            await sender.abandon()
            await sender.stop()

    async def _send(
        self, sender: RecordSender, name: str, topic: RefusedTopic, rows: Sequence[Any]
    ) -> bool:
        """Sends rows and forgets those that the log holds; returns whether it holds them all."""
        sent = await sender.send(rows)
        held = {ack.seq for ack in sent.acks}
        left = [row["seq"] for row in rows if row["seq"] not in held]
        topic.after = min(left) - 1 if left else rows[-1]["seq"]
        await self._rows.next_held(name, sent.acks, topic.after, 0)
        OUTBOX_RELAYED.inc(len(held))
        topic.rows -= len(held)
        if held:
            topic.backoff.reset()
        if left:
            topic.error = sent.errors.get(name, topic.error)
            await self._rows.connection.execute(_NOTE_ERROR, name, topic.error)
            self._later(topic, sent.failure)
        return not left

    def _later(self, topic: RefusedTopic, why: BaseException | None) -> None:
        topic.retry_at = time.monotonic() + topic.backoff.next_s()
        if why is not None:
            _log.warning("relay.topic_waits", error=type(why).__name__)

    async def _release(self, name: str) -> None:
        """No row waits any more: later ones go the usual way."""
        await self._rows.connection.execute(_RELEASE, name)
        del self._topics[name]
        _log.info("relay.topic_released", topic=name)


def _alarm(name: str, topic: RefusedTopic) -> str:
    remedy = _REMEDIES.get(topic.error, "see the broker's log")
    return (
        f"Kafka refuses {name} since {topic.since:%Y-%m-%dT%H:%M:%SZ} ({topic.error}), and "
        f"{topic.rows} of its events wait: {remedy}; they are then sent by themselves"
    )
