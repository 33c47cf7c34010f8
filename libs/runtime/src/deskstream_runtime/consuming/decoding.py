"""A batch of records as events, each on its own: one that cannot be decoded affects no other."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka import ConsumerRecord, TopicPartition

from deskstream_contracts import Event, UndecodableRecord, decode, refuse_contradiction
from deskstream_runtime.errors import Rejected

_YIELD_EVERY_RECORDS = 50


class DecodedRecord(NamedTuple):
    """A record and its event, or `refused`: the reason why it goes to the dead letters.

    `failure` names the unknown error that parks its ticket.
    """

    record: "ConsumerRecord[bytes, bytes]"
    event: Event[Any] | None
    refused: UndecodableRecord | Rejected | None = None
    failure: str | None = None

    @property
    def partition(self) -> TopicPartition:
        return TopicPartition(self.record.topic, self.record.partition)


def decoded(record: "ConsumerRecord[bytes, bytes]") -> DecodedRecord:
    try:
        event = decode(record.topic, record.headers, record.value)
        refuse_contradiction(event, key=record.key, logged_at_ms=record.timestamp)
    except UndecodableRecord as error:
        return DecodedRecord(record, None, refused=error)
    return DecodedRecord(record, event)


async def decode_all(records: "Sequence[ConsumerRecord[bytes, bytes]]") -> list[DecodedRecord]:
    """Decodes a batch, letting other tasks run now and then (decoding never waits by itself)."""
    batch: list[DecodedRecord] = []
    for index, record in enumerate(records, 1):
        batch.append(decoded(record))
        if index % _YIELD_EVERY_RECORDS == 0:
            await asyncio.sleep(0)
    return batch
