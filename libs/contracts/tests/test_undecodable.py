"""Every wrong record is refused with its reason, and never with a value of its body."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import (
    Event,
    EventData,
    UndecodableRecord,
    decode,
    encode,
)
from deskstream_contracts.dead_letter import UndecodableReason
from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.events.ticket import TicketCreated
from deskstream_contracts.record import Record
from deskstream_contracts.registry import BODIES
from deskstream_contracts.structured import Document, from_document
from deskstream_contracts.topics import TOPICS, VALUE_SIZE_MAX_BYTES

CHECKOUT = this_checkout()
EVENT = from_document(CHECKOUT.example(TicketCreated, "full"))
RECORD = encode(EVENT)

each_body = pytest.mark.parametrize("body", BODIES, ids=lambda body: body.event_type)


def refused(record: Record, headers: dict[str, bytes | None] | None = None) -> UndecodableRecord:
    """Why the record is refused, with these headers instead of its own; `b""` leaves one out."""
    changed: dict[str, bytes | None] = {**dict(record.headers), **(headers or {})}
    left = [(name, raw) for name, raw in changed.items() if raw != b""]
    with pytest.raises(UndecodableRecord) as raised:
        decode(record.topic, left, record.value)
    return raised.value


def read(document: Document) -> Event[EventData] | UndecodableRecord:
    """What becomes of a document; any other error than a refusal fails the test."""
    try:
        return from_document(document)
    except UndecodableRecord as refusal:
        return refusal


@settings(max_examples=300)
@given(
    topic=st.sampled_from([topic.name for topic in TOPICS]) | st.text(max_size=20),
    headers=st.dictionaries(
        st.sampled_from([name for name, _ in RECORD.headers]) | st.text(max_size=10),
        st.none() | st.binary(max_size=40) | st.sampled_from([raw for _, raw in RECORD.headers]),
        max_size=15,
    ),
    value=st.none() | st.binary(max_size=200),
)
def test_no_bytes_raise_anything_but_undecodable_record(
    topic: str, headers: dict[str, bytes | None], value: bytes | None
) -> None:
    with pytest.raises(UndecodableRecord):
        decode(topic, headers.items(), value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_body_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    document = CHECKOUT.example(TicketCreated, "full")
    body = document["data"]
    assert isinstance(body, dict)
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(JSON_VALUES)
    outcome = read(document)
    if isinstance(outcome, UndecodableRecord):
        assert outcome.reason == "schema_invalid"
    else:
        assert outcome.type == "ticket.created"


@settings(max_examples=300)
@given(st.integers(0, len(RECORD.value) - 1), st.binary(max_size=4))
def test_a_body_with_bytes_replaced_is_read_or_refused(place: int, bytes_: bytes) -> None:
    value = RECORD.value[:place] + bytes_ + RECORD.value[place + len(bytes_) :]
    try:
        outcome: Event[EventData] | UndecodableRecord = decode(RECORD.topic, RECORD.headers, value)
    except UndecodableRecord as refusal:
        outcome = refusal
    if isinstance(outcome, UndecodableRecord):
        assert outcome.reason in ("schema_invalid", "invalid_json")
    else:
        assert outcome.id == EVENT.id


def test_no_value_is_refused() -> None:
    with pytest.raises(UndecodableRecord, match="null_value: the record has no value"):
        decode(RECORD.topic, RECORD.headers, None)


def test_an_oversized_value_is_refused_unread() -> None:
    assert refused(RECORD._replace(value=b"x" * (VALUE_SIZE_MAX_BYTES + 1))).reason == "oversized"


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("x-of-somebody-else", None),
        ("x-of-somebody-else", b"\xff"),
        ("ce_id", b"\xff"),
        ("ce_id", None),
        ("ce_id", b"not-a-uuid"),
        ("ce_specversion", b"0.3"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-03-02T08:15:00"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"10000000000"),
        ("ce_revision", b"0"),
        ("ce_revision", b"one"),
        ("ce_revision", b"65536"),
        ("ce_time", b"0001-01-01T00:00:00+14:00"),
        ("ce_time", b"9999-12-31T23:59:59Z"),
        ("ce_source", b"\xc3"),
        ("content-type", b"application/avro"),
        ("content-type", b"application/cloudevents+json"),
    ],
)
def test_a_bad_header_is_refused(name: str, raw: bytes | None) -> None:
    refusal = refused(RECORD, {name: raw})
    assert refusal.reason == "invalid_header"
    assert name in refusal.detail


@pytest.mark.parametrize(
    "name",
    ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_dataschema"],
)
def test_a_missing_attribute_is_refused(name: str) -> None:
    refusal = refused(RECORD, {name: b""})
    assert (refusal.reason, refusal.detail) == ("missing_attribute", f"{name}: missing")


@pytest.mark.parametrize(
    ("topic", "headers", "reason"),
    [
        ("ticket.updated", {}, "wrong_topic"),
        ("ingest.dead-letter", {}, "wrong_topic"),
        ("ticket.created", {"ce_dataschema": b"urn:deskstream:ticket.created:9"},
         "unsupported_version"),
        ("weather.changed", {"ce_type": b"weather.changed", "ce_dataschema": b"urn:x:1"},
         "unknown_type"),
        ("ticket.created", {"ce_type": b"ticket.teleported"}, "unknown_type"),
        ("ticket.reopened", {"ce_type": b"ticket.reopened"}, "unknown_type"),
    ],
)  # fmt: skip
def test_what_does_not_belong_is_refused(
    topic: str, headers: dict[str, bytes | None], reason: UndecodableReason
) -> None:
    assert refused(RECORD._replace(topic=topic), headers).reason == reason


def test_a_long_name_is_cut_in_the_detail() -> None:
    """A detail is logged, and a header or type may have any length."""
    header = refused(RECORD, {"x" * 101: None})
    assert header.detail == f"header {'x' * 100!r} is null"
    event_type = refused(RECORD, {"ce_type": b"y" * 101})
    assert event_type.detail == f"a {'y' * 100!r} does not belong in ticket.created"
    dataschema = refused(RECORD, {"ce_dataschema": b"z" * 201})
    assert dataschema.detail == f"no reader for {'z' * 200!r}"


def test_a_dead_letter_in_the_topic_of_another_event_is_known_but_misplaced() -> None:
    refusal = refused(RECORD, {"ce_type": b"record.dead_lettered"})
    assert refusal.reason == "wrong_topic"


def test_further_faults_of_a_body_are_counted() -> None:
    value = RECORD.value.replace(b'"version":1,', b"").replace(b'"resolved"', b'"secret"')
    refusal = refused(RECORD._replace(value=value))
    assert refusal.detail == "ticket.version: missing (and 1 more)"


@pytest.mark.parametrize("value", [b"", b"{", b"\xff\xfe", b'{"a": "\x00"}', b"[" * 100_000])
def test_what_is_no_json_is_refused_with_its_place(value: bytes) -> None:
    refusal = refused(RECORD._replace(value=value))
    assert refusal.reason == "invalid_json"
    assert "line 1 column" in refusal.detail


@pytest.mark.parametrize(
    ("before", "after", "detail"),
    [
        (b'"version":1,', b'"version":"1",', "ticket.version: int_type"),
        (b'"version":1,', b"", "ticket.version: missing"),
        (b'"version":1,', b'"version":0,', "ticket.version: greater_than_equal"),
        (b'"version":1,', b'"version":9007199254740992,', "ticket.version: less_than_equal"),
        (b'"status":"resolved"', b'"status":"secret"', "ticket.status: literal_error"),
        (b"tracking-screenshot.png", b"a" * 501, "attachments.0.name: string_too_long"),
        (
            b'"order_id":"SO-99182"',
            b'"maya lindqvist":1',
            "attributes.*.*: string_pattern_mismatch",
        ),
        (b"Card not", b"Card\\u0000not", "a text holds U+0000, which Postgres cannot keep"),
    ],
)
def test_a_body_against_the_schema_is_refused(before: bytes, after: bytes, detail: str) -> None:
    assert before in RECORD.value
    refusal = refused(RECORD._replace(value=RECORD.value.replace(before, after)))
    assert refusal.reason == "schema_invalid"
    assert refusal.detail.removesuffix(" (and 1 more)") == detail


CANARY = "zq7canary"


@each_body
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_value_of_the_body_is_in_the_detail(body: type[EventData], data: st.DataObject) -> None:
    """A value anywhere in the body becomes a canary of some kind, or a key of an object does."""
    document = CHECKOUT.example(body, "full")
    parent: Any = document
    key: Any = "data"
    while isinstance(parent[key], dict | list) and (key == "data" or data.draw(st.booleans())):
        parent = parent[key]
        key = data.draw(st.sampled_from(list(parent) if isinstance(parent, dict) else [0]))
    canaries = (CANARY, [CANARY], {CANARY: CANARY}, f"{CANARY}\x00", f"{CANARY}" * 99)
    parent[key] = data.draw(st.sampled_from(canaries))
    outcome = read(document)
    assert not isinstance(outcome, UndecodableRecord) or CANARY not in str(outcome)
