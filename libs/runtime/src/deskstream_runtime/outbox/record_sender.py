"""Sends outbox rows to Kafka, and separates what it refuses for good from what may pass later."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    InvalidTopicError,
    MessageSizeTooLargeError,
    ProducerClosed,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from deskstream_contracts import ServiceName
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.stopping import stopped
from deskstream_runtime.outbox.acks import Ack, SendReport
from deskstream_runtime.outbox.store import headers_from_text
from deskstream_runtime.settings import KafkaSettings

_REFUSALS = (
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
_METADATA_TIMEOUT_S = 3.0

Sending = tuple[Any, "asyncio.Future[Any]"]
"""A row, and the future of its acknowledgement."""


class RecordSender:
    """A producer. One that is spent, or has failed, is to be abandoned, and another one made.

    It is spent when the broker has refused a record: the sequence numbers by which the broker
    knows a repetition would then have a hole.
    """

    def __init__(self, service: ServiceName, settings: KafkaSettings) -> None:
        self._timeout_s = settings.request_timeout_ms / 1000
        self.is_spent = False
        self._producer = AIOKafkaProducer(
            **KafkaAccess(settings.bootstrap, settings.security).client_options(),
            client_id=f"deskstream-{service}-relay",
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=131_072,
            max_request_size=1_048_576,
            request_timeout_ms=settings.request_timeout_ms,
        )

    async def start(self) -> None:
        """Waits until the broker answers. Raises a transient error when it does not."""
        await self._producer.start()

    async def stop(self) -> None:
        """Ends the producer. Bounded: it would wait for a broker that is away."""
        await stopped(self._producer.stop(), "producer")

    async def abandon(self) -> None:
        """Ends a failed producer without what it still holds: `stop` would send that first.

        So it would pass the rows that failed. All of them are sent again, in order. aiokafka has no
        public way to end a producer at once.
        """
        self._producer._message_accumulator.fail_all(ProducerClosed())
        if self._producer._sender is not None:
            await stopped(self._producer._sender.close(), "sender")

    async def send(self, rows: Sequence[Any]) -> SendReport:
        """Sends rows in order and waits until the outcome of each is known.

        Bounded here: aiokafka itself waits for a broker that is away as long as that takes. A topic
        of which one row is refused gets no further row, as those must not pass the one refused.
        """
        errors = await self._without_partition(rows)
        sending: list[Sending] = []
        failure: BaseException | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                for row in rows:
                    if row["topic"] not in errors:
                        await self._begin(row, sending, errors)
                if sending:
                    await asyncio.wait([ack for _, ack in sending])
        except Exception as error:
            failure = error
            # A topic that was deleted meanwhile answers nothing at all.
            errors |= await self._without_partition(row for row, ack in sending if not ack.done())
        return self._outcome(rows, sending, errors, failure)

    def _outcome(
        self,
        rows: Sequence[Any],
        sending: Sequence[Sending],
        errors: dict[str, str],
        failure: BaseException | None,
    ) -> SendReport:
        acks: list[Ack] = []
        for row, answer in sending:
            error = _error_of(answer)
            if error is None:
                partition = TopicPartition(row["topic"], row["partition"])
                acks.append(Ack(row["seq"], partition, answer.result().offset))
            else:
                self.is_spent = True
                if isinstance(error, _REFUSALS):
                    errors[row["topic"]] = type(error).__name__
                failure = failure or error
        held = {ack.seq for ack in acks}
        left = [row for row in rows if row["seq"] not in held]
        refused = [row["seq"] for row in left if row["topic"] in errors]
        return SendReport(acks, refused, errors, failure if len(refused) < len(left) else None)

    async def _begin(self, row: Any, sending: list[Sending], errors: dict[str, str]) -> None:
        try:
            ack = await self._producer.send(
                row["topic"],
                value=row["value"],
                key=row["key"],
                partition=row["partition"],
                headers=headers_from_text(row["headers"]),
            )
        except _REFUSALS as error:
            errors[row["topic"]] = type(error).__name__
        else:
            sending.append((row, ack))

    async def _without_partition(self, rows: Iterable[Any]) -> dict[str, str]:
        """Topics that the broker does not have, or not with the partition of a row.

        aiokafka itself looks for them until a time-out, and every other topic's rows wait.
        """
        wanted = {TopicPartition(row["topic"], row["partition"]) for row in rows}
        if not self._missing(wanted):
            return {}
        client = self._producer.client
        try:
            async with asyncio.timeout(_METADATA_TIMEOUT_S):
                for topic in {partition.topic for partition in self._missing(wanted)}:
                    await client.add_topic(topic)
                known = await client.force_metadata_update()
        except TimeoutError:
            known = False
        if not known:
            return {}
        unauthorised = client.cluster.unauthorized_topics
        return {
            partition.topic: (
                TopicAuthorizationFailedError
                if partition.topic in unauthorised
                else UnknownTopicOrPartitionError
            ).__name__
            for partition in self._missing(wanted)
        }

    def _missing(self, wanted: Iterable[TopicPartition]) -> list[TopicPartition]:
        cluster = self._producer.client.cluster
        return [
            partition
            for partition in wanted
            if partition.partition not in (cluster.partitions_for_topic(partition.topic) or ())
        ]


def _error_of(answer: "asyncio.Future[Any]") -> BaseException | None:
    """What the broker said, or that it said nothing; the future is then given up."""
    if not answer.done():
        answer.cancel()
        return TimeoutError()
    return answer.exception()
