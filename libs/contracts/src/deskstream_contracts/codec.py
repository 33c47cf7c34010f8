"""Events to Kafka records and back: CloudEvents 1.0, Kafka protocol binding, binary content mode.

Attributes travel as `ce_` headers, the body as JSON
(https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from deskstream_contracts.attributes import REVISION_MAX, Attributes, read_attributes
from deskstream_contracts.dead_letter import RecordDeadLettered
from deskstream_contracts.event import Event
from deskstream_contracts.history import RETIRED
from deskstream_contracts.model import INSTANT_END, INSTANT_FIRST, EventData, ServiceName
from deskstream_contracts.partition import partition_of
from deskstream_contracts.reader import Reader, readers_of, schema_uri
from deskstream_contracts.record import Headers, Record, UndecodableRecord, UnencodableEvent
from deskstream_contracts.registry import BODIES, DEAD_LETTER, EVENT_TYPES
from deskstream_contracts.structure import parts_of
from deskstream_contracts.topics import VALUE_SIZE_MAX_BYTES, topic_named

READERS = readers_of(BODIES, RETIRED)
"""`dataschema` to the function that reads a body of that version into the newest type."""

_FIELD_NAMES = frozenset(
    name for body in BODIES for part in parts_of(body) for name in part.model_fields
)

# Pydantic writes an id or an instant as JSON, quotes included, in half the time of `str` and
# `isoformat`, and gives instants the form they have in bodies: RFC 3339, with Z for UTC.
_to_quoted_id = TypeAdapter(UUID).serializer.to_json
_to_quoted_time = TypeAdapter(datetime).serializer.to_json

# Valid JSON holds a NUL as this escape alone, behind an even number of backslashes.
_NUL_ESCAPE = b"\\u0000"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class _Envelope(NamedTuple):
    """What the records of one event type by one service have in common."""

    topic: str
    partitions: int
    headers: tuple[tuple[str, bytes], ...]


@cache
def _envelope(body: type[EventData], service: ServiceName) -> _Envelope:
    name = body.event_type
    topic = topic_named(f"{service}.dead-letter" if name == DEAD_LETTER else name)
    headers = (
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_source", f"/deskstream/{service}".encode()),
        ("ce_type", name.encode()),
        ("ce_dataschema", schema_uri(name, body.major).encode()),
    )
    return _Envelope(topic.name, topic.partitions, headers)


def encode(event: Event[EventData], *, service: ServiceName | None = None) -> Record:
    """The record of an event. A dead letter is written by, and to the topic of, its `service`.

    Raises `UnencodableEvent` for what `decode` would refuse: a body over `VALUE_SIZE_MAX_BYTES`,
    a NUL character in a text, a time without a zone or out of bounds, a revision too high.
    """
    data = event.data
    owner = data.service if isinstance(data, RecordDeadLettered) else data.owner
    topic, partitions, headers_in_common = _envelope(type(data), service or owner)
    if event.time.tzinfo is None:
        raise UnencodableEvent(f"{topic} {event.id}: its time {event.time} has no time zone")
    if not INSTANT_FIRST <= event.time < INSTANT_END:
        bounds = f"{INSTANT_FIRST.year} up to, not including, {INSTANT_END.year}"
        raise UnencodableEvent(f"{topic} {event.id}: its time {event.time} is not in {bounds}")
    if event.revision > REVISION_MAX:
        raise UnencodableEvent(
            f"{topic} {event.id}: its revision {event.revision} is above {REVISION_MAX}"
        )
    value = data.__pydantic_serializer__.to_json(data, exclude_defaults=True)
    if len(value) > VALUE_SIZE_MAX_BYTES:
        detail = f"its body has {len(value)} bytes, the limit is {VALUE_SIZE_MAX_BYTES}"
        raise UnencodableEvent(f"{topic} {event.id}: {detail}")
    if _holds_nul(value):
        raise UnencodableEvent(f"{topic} {event.id}: a text in its body holds U+0000: remove it")
    event_id = _to_quoted_id(event.id)[1:-1]
    subject = _to_quoted_id(event.subject)[1:-1]
    headers: Headers = [
        *headers_in_common,
        ("ce_id", event_id),
        ("ce_subject", subject),
        ("ce_partitionkey", subject),
        ("ce_time", _to_quoted_time(event.time)[1:-1]),
        ("ce_revision", b"%d" % event.revision),
    ]
    if event.sequence is not None:
        # Ten digits, as the extension asks for text that sorts as the numbers do.
        headers.append(("ce_sequence", b"%010d" % event.sequence))
    if event.correlation_id is not None:
        headers.append(("ce_correlationid", _to_quoted_id(event.correlation_id)[1:-1]))
    if event.causation_id is not None:
        headers.append(("ce_causationid", _to_quoted_id(event.causation_id)[1:-1]))
    if event.traceparent is not None:
        headers.append(("ce_traceparent", event.traceparent.encode()))
    return Record(topic, partition_of(subject, partitions), event_id, headers, value)


def decode(
    topic: str,
    headers: Iterable[tuple[str, bytes | None]],
    value: bytes | None,
    *,
    readers: Mapping[str, Reader] = READERS,
) -> Event[EventData]:
    """The event of a record. Raises `UndecodableRecord` alone, whatever the bytes are."""
    if value is None:
        raise UndecodableRecord("null_value", "the record has no value")
    if len(value) > VALUE_SIZE_MAX_BYTES:
        detail = f"the value has {len(value)} bytes, the limit is {VALUE_SIZE_MAX_BYTES}"
        raise UndecodableRecord("oversized", detail)
    attributes = read_attributes(headers)
    data = _body(attributes, value, _reader(topic, attributes, readers))
    return Event(
        attributes["ce_id"],
        attributes["ce_subject"],
        attributes["ce_time"],
        data,
        attributes.get("ce_sequence"),
        attributes.get("ce_correlationid"),
        attributes.get("ce_causationid"),
        attributes.get("ce_traceparent"),
        attributes.get("ce_revision", 1),
    )


def _reader(topic: str, attributes: Attributes, readers: Mapping[str, Reader]) -> Reader:
    event_type = attributes["ce_type"]
    if event_type != (DEAD_LETTER if topic.endswith(".dead-letter") else topic):
        raise UndecodableRecord(
            "wrong_topic" if _is_known(event_type) else "unknown_type",
            f"a {event_type[:100]!r} does not belong in {topic}",
        )
    dataschema = attributes["ce_dataschema"]
    read = readers.get(dataschema)
    if read is None:
        raise UndecodableRecord(
            "unsupported_version" if _is_known(event_type) else "unknown_type",
            f"no reader for {dataschema[:200]!r}",
        )
    return read


def _is_known(event_type: str) -> bool:
    return event_type in EVENT_TYPES or event_type == DEAD_LETTER


def _body(attributes: Attributes, value: bytes, read: Reader) -> EventData:
    try:
        data = read(value)
    except ValidationError as error:
        raise _undecodable_body(error) from None
    if _holds_nul(value):
        raise UndecodableRecord("schema_invalid", "a text holds U+0000, which Postgres cannot keep")
    if data.event_type != attributes["ce_type"]:
        detail = f"{attributes['ce_dataschema']!r} is not a version of {attributes['ce_type']!r}"
        raise UndecodableRecord("unknown_type", detail)
    return data


def _holds_nul(value: bytes) -> bool:
    # From the cheapest look to the dearest: most bodies hold no backslash at all.
    return b"\\" in value and _NUL_ESCAPE in value and _NUL.search(value) is not None


def _undecodable_body(error: ValidationError) -> UndecodableRecord:
    # Only names that we chose are shown. Pydantic's own sentences quote the value here and there
    # ("found `b` at 3"), and its paths hold the keys of objects, which are the customer's words.
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    first = errors[0]
    if first["type"] == "json_invalid":
        position = re.search(r"line \d+ column \d+$", first["msg"])
        return UndecodableRecord(
            "invalid_json", f"not JSON{f', at {position[0]}' if position else ''}"
        )
    steps = (
        str(step) if isinstance(step, int) or step in _FIELD_NAMES else "*" for step in first["loc"]
    )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return UndecodableRecord("schema_invalid", f"{'.'.join(steps)}: {first['type']}{more}")
