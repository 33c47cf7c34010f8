"""Dead letters: the event about a record that is never handled."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID, uuid5

from aiokafka import ConsumerRecord, TopicPartition

from deskstream_contracts import Event, ServiceName, UndecodableRecord
from deskstream_contracts.dead_letter import RecordDeadLettered
from deskstream_contracts.model import INSTANT_END, INSTANT_FIRST
from deskstream_runtime.errors import GivenUpByPerson, Rejected

_NAMESPACE = UUID("6f3c1a52-7d0e-5b7c-9a55-3d6c0c0f5a11")
_HEADER_MAX_BYTES = 200
_DETAIL_MAX_CHARS = 500


def dead_letter(
    service: ServiceName,
    record: "ConsumerRecord[bytes, bytes]",
    cause: UndecodableRecord | Rejected,
    now: datetime,
) -> Event[RecordDeadLettered]:
    """The event about a record that was refused. Its id depends on the record's position alone.

    Never raises: whatever the record holds, there must be a way past it.
    """
    value = record.value
    return _event(
        RecordDeadLettered(
            service=service,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=cause.reason if isinstance(cause, UndecodableRecord) else "rejected",
            detail=_clean(cause.detail if isinstance(cause, UndecodableRecord) else str(cause)),
            first_seen_at=_time_of(record, now),
            recorded_at=now,
            size_bytes=len(value) if value is not None else 0,
            sha256=hashlib.sha256(value).hexdigest() if value is not None else None,
            event_id=_header(record, "ce_id"),
            event_type_name=_header(record, "ce_type"),
            by_person=isinstance(cause, GivenUpByPerson),
        )
    )


def dead_letter_unread(
    service: ServiceName, partition: TopicPartition, offset: int, reason: str, now: datetime
) -> Event[RecordDeadLettered]:
    """The event about a position in the log that somebody skipped, whatever is there."""
    return _event(
        RecordDeadLettered(
            service=service,
            topic=partition.topic,
            partition=partition.partition,
            offset=offset,
            reason="rejected",
            detail=_clean(reason),
            first_seen_at=now,
            recorded_at=now,
            by_person=True,
        )
    )


def _event(data: RecordDeadLettered) -> Event[RecordDeadLettered]:
    position = f"{data.topic}/{data.partition}/{data.offset}"
    return Event(
        id=uuid5(_NAMESPACE, f"{data.service}/{position}"),
        subject=uuid5(_NAMESPACE, position),
        time=data.recorded_at,
        data=data,
    )


def _header(record: "ConsumerRecord[bytes, bytes]", name: str) -> str | None:
    """A header as text where it can be one: a poison record's headers may be anything."""
    for key, value in record.headers:
        if key == name and value:
            return _clean(value[:_HEADER_MAX_BYTES].decode("utf-8", "replace"))
    return None


def _clean(text: str) -> str:
    """The text without what no event may hold: NUL, and halves of surrogate pairs."""
    bounded = text[:_DETAIL_MAX_CHARS].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return bounded.encode("utf-8", "replace").decode()


def _time_of(record: "ConsumerRecord[bytes, bytes]", now: datetime) -> datetime:
    """The record's time in the log; now when it has none (-1) or one out of an event's bounds."""
    try:
        stamp = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return stamp if INSTANT_FIRST <= stamp < INSTANT_END else now
