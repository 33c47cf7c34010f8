"""Whatever is read lies within the bounds that readers count on, and can be written again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from deskstream_contracts import Event, EventData, Record, UndecodableRecord, decode, encode
from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.model import (
    DURATION_MAX_S,
    INSTANT_END,
    INSTANT_FIRST,
    LANGUAGE_MAX_CHARS,
    Part,
)
from deskstream_contracts.registry import BODIES
from deskstream_contracts.structured import from_document
from deskstream_contracts.testing.extreme_values import INSTANTS
from deskstream_contracts.testing.extremes import ABSENT, changed, extremes_of

CHECKOUT = this_checkout()

each_body = pytest.mark.parametrize("body", BODIES, ids=lambda body: body.event_type)


def read(record: Record) -> Event[EventData] | UndecodableRecord:
    """What becomes of a record; any other error than a refusal fails the test."""
    try:
        return decode(record.topic, record.headers, record.value)
    except UndecodableRecord as refusal:
        return refusal


def values_in(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a body that is no part of it, with the name of its field."""
    if isinstance(value, Part):
        for field, inner in value:
            yield from values_in(inner, field)
    elif isinstance(value, tuple):
        for inner in value:
            yield from values_in(inner, name)
    elif isinstance(value, dict):
        for inner in (*value.keys(), *value.values()):
            yield from values_in(inner, name)
    else:
        yield name, value


@each_body
def test_every_extreme_is_refused_or_can_be_counted_on(body: type[EventData]) -> None:
    document = CHECKOUT.example(body, "full")
    record = encode(from_document(document))
    taken = 0
    for changes in extremes_of(body):
        value = changed(document["data"], changes)
        event = read(record._replace(value=value))
        if isinstance(event, UndecodableRecord):
            assert event.reason in ("schema_invalid", "invalid_json"), changes
            continue
        taken += 1
        for name, one in values_in(event.data):
            if isinstance(one, datetime):
                assert INSTANT_FIRST <= one.astimezone(UTC) < INSTANT_END, changes
            if isinstance(one, int | float):
                assert abs(one) < 2**53 or name == "attempts", changes
                assert not name.endswith("_s") or one <= DURATION_MAX_S, changes
            if isinstance(one, str):
                assert name != "language" or len(one) <= LANGUAGE_MAX_CHARS, changes
                assert "\0" not in one.encode().decode(), changes
        again = encode(event)
        assert decode(again.topic, again.headers, again.value) == event, changes
    assert taken > 0


@each_body
def test_each_instant_is_bounded(body: type[EventData]) -> None:
    """Year 1 and year 9999 are dates to a parser, and have no UTC that a reader could hold."""
    document = CHECKOUT.example(body, "full")
    record = encode(from_document(document))
    outside = ("0001", "1582", "1899", "1969", "9999", "2200-01-01T00")
    texts = [f'"{text}"' for text in INSTANTS if text.startswith(outside)]
    fields = {
        path
        for changes in extremes_of(body)
        for path, value in changes.items()
        if value == texts[0]
    }
    assert fields
    for path in fields:
        for text in texts:
            with pytest.raises(UndecodableRecord, match="schema_invalid"):
                decode(record.topic, record.headers, changed(document["data"], {path: text}))


def test_a_change_leaves_the_body_as_it_was() -> None:
    body = {"a": {"b": [1, 2]}, "c": "@0@"}
    assert changed(body, {("a", "b", 0): "NaN", ("c",): ABSENT}) == b'{"a":{"b":[NaN,2]}}'
    assert body == {"a": {"b": [1, 2]}, "c": "@0@"}


def test_what_a_change_leads_through_is_made() -> None:
    changes = {("a", "b", 0, "c"): "1e400", ("d",): "NaN"}
    assert changed({}, changes) == b'{"a":{"b":[{"c":1e400}]},"d":NaN}'


@pytest.mark.parametrize("text", INSTANTS)
def test_the_time_of_an_event_is_bounded_too(text: str) -> None:
    record = encode(from_document(CHECKOUT.example(BODIES[0], "full")))
    headers = dict(record.headers) | {"ce_time": text.encode()}
    event = read(record._replace(headers=list(headers.items())))
    if isinstance(event, UndecodableRecord):
        assert event.reason == "invalid_header"
    else:
        assert INSTANT_FIRST <= event.time.astimezone(UTC) < INSTANT_END
