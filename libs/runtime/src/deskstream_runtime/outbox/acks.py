"""What the broker said of records sent: taken, refused for good, or nothing yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition


@dataclass(frozen=True, slots=True)
class Ack:
    """The log holds an outbox row, at this offset."""

    seq: int
    partition: TopicPartition
    offset: int


@dataclass(frozen=True, slots=True)
class SendReport:
    """The outcome of rows sent: a row in neither `acks` nor `refused` is to be sent again.

    `refused` holds the rows of topics that Kafka refuses for good, in order, and `errors` why, by
    topic. `failure` is what kept the others from being sent.
    """

    acks: Sequence[Ack]
    refused: Sequence[int]
    errors: Mapping[str, str]
    failure: BaseException | None


def latest(acks: Iterable[Ack]) -> dict[TopicPartition, Ack]:
    """The furthest ack of each partition."""
    found: dict[TopicPartition, Ack] = {}
    for ack in acks:
        known = found.get(ack.partition)
        if known is None or known.offset < ack.offset:
            found[ack.partition] = ack
    return found
