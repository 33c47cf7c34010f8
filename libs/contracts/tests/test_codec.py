"""What is written is read again, and nothing is written that could not be."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskstream_contracts import (
    EventData,
    UnencodableEvent,
    decode,
    encode,
)
from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.events.ticket import TicketCreated
from deskstream_contracts.registry import BODIES
from deskstream_contracts.structured import from_document, to_document
from deskstream_contracts.testing import events
from deskstream_contracts.topics import VALUE_SIZE_MAX_BYTES

CHECKOUT = this_checkout()
EVENT = from_document(CHECKOUT.example(TicketCreated, "full"))
RECORD = encode(EVENT)

each_body = pytest.mark.parametrize("body", BODIES, ids=lambda body: body.event_type)


def replaced(**fields: object) -> EventData:
    """The body of the example with these fields instead, unchecked."""
    return EVENT.data.model_copy(update=fields)


@each_body
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_written_is_read_again(body: type[EventData], data: st.DataObject) -> None:
    event = data.draw(events(body))
    record = encode(event)
    assert decode(record.topic, record.headers, record.value) == event
    assert encode(decode(record.topic, record.headers, record.value)) == record
    assert from_document(to_document(event)) == event


def test_text_that_only_looks_like_a_nul_escape_is_read() -> None:
    value = RECORD.value.replace(b"Card not arrived", rb"regex \\u0000 \\\\u0000")
    event = decode(RECORD.topic, RECORD.headers, value)
    assert isinstance(event.data, TicketCreated)
    assert event.data.subject == r"regex \u0000 \\u0000"
    assert encode(event).value == value


def test_unknown_fields_and_attributes_of_a_newer_release_are_ignored() -> None:
    value = RECORD.value.replace(b'{"ticket":{', b'{"new":{"x":1},"ticket":{"new":[],')
    headers = [*RECORD.headers, ("ce_new", b"x"), ("x", b"")]
    assert decode(RECORD.topic, headers, value) == EVENT


@pytest.mark.parametrize("content_type", [b"application/json; charset=utf-8", b"Application/JSON"])
def test_any_spelling_of_json_is_read(content_type: bytes) -> None:
    headers = {**dict(RECORD.headers), "content-type": content_type}
    assert decode(RECORD.topic, headers.items(), RECORD.value) == EVENT


def test_a_trace_that_cannot_be_followed_is_left_out() -> None:
    headers = {**dict(RECORD.headers), "ce_traceparent": b"garbage"}
    event = decode(RECORD.topic, headers.items(), RECORD.value)
    assert event == EVENT._replace(traceparent=None)


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (datetime(2026, 3, 2, 8, 15, tzinfo=UTC), b"2026-03-02T08:15:00Z"),
        (datetime(2026, 3, 2, 8, 15, 0, 120, tzinfo=UTC), b"2026-03-02T08:15:00.000120Z"),
        (
            datetime(2026, 3, 2, 8, 15, tzinfo=timezone(timedelta(hours=-3))),
            b"2026-03-02T08:15:00-03:00",
        ),
    ],
)
def test_time_is_rfc_3339(time: datetime, written: bytes) -> None:
    assert dict(encode(EVENT._replace(time=time)).headers)["ce_time"] == written


def test_a_time_without_zone_is_not_written() -> None:
    naive = datetime(2026, 3, 2, 8, 15)  # noqa: DTZ001 (that is the point)
    with pytest.raises(UnencodableEvent, match="has no time zone"):
        encode(EVENT._replace(time=naive))


@pytest.mark.parametrize("year", [1, 1969, 2200, 9999])
def test_a_time_that_no_reader_counts_on_is_not_written(year: int) -> None:
    with pytest.raises(UnencodableEvent, match="is not in 1970 up to, not including, 2200"):
        encode(EVENT._replace(time=datetime(year, 6, 1, tzinfo=UTC)))


def test_a_revision_that_no_reader_counts_on_is_not_written() -> None:
    assert encode(EVENT._replace(revision=65_535)).headers
    with pytest.raises(UnencodableEvent, match="its revision 65536 is above 65535"):
        encode(EVENT._replace(revision=65_536))


def test_a_nul_in_a_text_is_not_written() -> None:
    with pytest.raises(UnencodableEvent, match=r"U\+0000"):
        encode(EVENT._replace(data=replaced(subject="a\x00b")))


def test_a_body_nobody_would_read_is_not_written() -> None:
    body = "\x01" * 65_536  # Six bytes each in JSON.
    many = {f"key_{number}": "\x01" * 500 for number in range(50)}
    with pytest.raises(UnencodableEvent, match="the limit is 524288"):
        encode(
            EVENT._replace(data=EVENT.data.model_copy(update={"body": body, "attributes": many}))
        )


def test_headers_come_in_one_order_and_once() -> None:
    assert [name for name, _ in RECORD.headers] == [
        "content-type",
        "ce_specversion",
        "ce_source",
        "ce_type",
        "ce_dataschema",
        "ce_id",
        "ce_subject",
        "ce_partitionkey",
        "ce_time",
        "ce_revision",
        "ce_sequence",
        "ce_correlationid",
        "ce_causationid",
        "ce_traceparent",
    ]


def test_sequences_sort_as_text_as_the_numbers_do() -> None:
    texts = [
        dict(encode(EVENT._replace(sequence=sequence)).headers)["ce_sequence"]
        for sequence in (1, 9, 10, 99, 1_000)
    ]
    assert texts == sorted(texts)
    assert [int(text) for text in texts] == [1, 9, 10, 99, 1_000]


def test_equal_events_have_equal_bytes_however_they_were_built() -> None:
    minimal = from_document(CHECKOUT.example(TicketCreated, "minimal"))
    spelled_out = TicketCreated.model_validate(minimal.data.model_dump())
    assert encode(minimal._replace(data=spelled_out)) == encode(minimal)


def test_a_dead_letter_goes_to_the_topic_of_the_service_that_wrote_it() -> None:
    letter = from_document(CHECKOUT.example(BODIES[-1], "minimal"))
    other = letter._replace(data=letter.data.model_copy(update={"service": "notify"}))
    assert encode(letter).topic == "projection.dead-letter"
    assert encode(other).topic == "notify.dead-letter"
    assert dict(encode(other).headers)["ce_source"] == b"/deskstream/notify"


def test_the_key_is_the_event_id_and_the_partition_that_of_the_ticket() -> None:
    again = encode(EVENT._replace(id=UUID(int=7)))
    assert again.key == str(UUID(int=7)).encode()
    assert again.partition == RECORD.partition


@pytest.mark.parametrize(
    ("first", "last"),
    [(datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))],
)
def test_times_are_written_up_to_their_bounds(first: datetime, last: datetime) -> None:
    for time in (first, last):
        record = encode(EVENT._replace(time=time))
        assert decode(record.topic, record.headers, record.value).time == time
    with pytest.raises(UnencodableEvent):
        encode(EVENT._replace(time=first - timedelta(microseconds=1)))


def test_a_body_of_the_most_bytes_is_written_and_read() -> None:
    room = VALUE_SIZE_MAX_BYTES - len(encode(EVENT._replace(data=replaced(subject="x"))).value)
    largest = EVENT._replace(data=replaced(subject="x" * (room + 1)))
    record = encode(largest)
    assert len(record.value) == VALUE_SIZE_MAX_BYTES == 524_288
    with pytest.raises(UnencodableEvent, match="has 524289 bytes"):
        encode(EVENT._replace(data=replaced(subject="x" * (room + 2))))


def test_a_value_of_the_most_bytes_is_read() -> None:
    padded = RECORD.value.ljust(VALUE_SIZE_MAX_BYTES)
    assert decode(RECORD.topic, RECORD.headers, padded) == EVENT


def test_an_event_without_a_revision_is_the_first() -> None:
    headers = [header for header in RECORD.headers if header[0] != "ce_revision"]
    assert decode(RECORD.topic, headers, RECORD.value).revision == 1


def test_a_record_without_a_content_type_is_json() -> None:
    headers = [header for header in RECORD.headers if header[0] != "content-type"]
    assert decode(RECORD.topic, headers, RECORD.value) == EVENT


@pytest.mark.parametrize("sequence", [1, 9_999_999_999])
def test_a_sequence_has_up_to_ten_digits(sequence: int) -> None:
    record = encode(EVENT._replace(sequence=sequence))
    assert len(dict(record.headers)["ce_sequence"]) == 10
    assert decode(record.topic, record.headers, record.value).sequence == sequence
