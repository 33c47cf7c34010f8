"""A batch of records as events, each on its own: one that cannot be read spoils nothing."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka import ConsumerRecord, TopicPartition

from deskstream_contracts import Event, UndecodableRecord, decode, refuse_contradiction
from deskstream_runtime.errors import Rejected

_YIELD_EVERY_RECORDS = 50


class Delivered(NamedTuple):
    """A record and what is known of it.

    It has an event, or `refused` says why it goes to the dead letters; `failure` names the unknown
    error that makes its ticket wait.
    """

    record: "ConsumerRecord[bytes, bytes]"
    event: Event[Any] | None
    refused: UndecodableRecord | Rejected | None = None
    failure: str | None = None

    @property
    def place(self) -> TopicPartition:
        """The partition it was read from."""
        return TopicPartition(self.record.topic, self.record.partition)


def decoded(record: "ConsumerRecord[bytes, bytes]") -> Delivered:
    """One record, decoded or refused."""
    try:
        event = decode(record.topic, record.headers, record.value)
        refuse_contradiction(event, key=record.key, logged_at_ms=record.timestamp)
    except UndecodableRecord as error:
        return Delivered(record, None, refused=error)
    return Delivered(record, event)


async def decode_all(records: "Sequence[ConsumerRecord[bytes, bytes]]") -> list[Delivered]:
    """Decodes a batch, letting other tasks run now and then (decoding never waits by itself)."""
    delivered: list[Delivered] = []
    for index, record in enumerate(records, 1):
        delivered.append(decoded(record))
        if index % _YIELD_EVERY_RECORDS == 0:
            await asyncio.sleep(0)
    return delivered
