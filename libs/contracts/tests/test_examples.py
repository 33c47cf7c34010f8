"""The committed examples are documentation, fixtures and the proof that history stays readable."""

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from deskstream_contracts import EventData, decode, encode
from deskstream_contracts.documents.checkout import EXAMPLE_KINDS, ExampleKind, this_checkout
from deskstream_contracts.documents.json_schema import ALL_BODIES, schema_of
from deskstream_contracts.model import Part
from deskstream_contracts.registry import BODIES
from deskstream_contracts.structured import from_document, to_document

CHECKOUT = this_checkout()

each_body = pytest.mark.parametrize("body", ALL_BODIES, ids=lambda body: body.event_type)
each_newest = pytest.mark.parametrize("body", BODIES, ids=lambda body: body.event_type)
each_kind = pytest.mark.parametrize("kind", EXAMPLE_KINDS)


@each_kind
@each_body
def test_decodes_to_the_newest_type(body: type[EventData], kind: ExampleKind) -> None:
    event = from_document(CHECKOUT.example(body, kind))
    assert type(event.data) in BODIES
    assert event.type == body.event_type


@each_kind
@each_newest
def test_is_written_again_as_it_was_read(body: type[EventData], kind: ExampleKind) -> None:
    document = CHECKOUT.example(body, kind)
    event = from_document(document)
    assert to_document(event) == document
    record = encode(event)
    assert decode(record.topic, record.headers, record.value) == event


@each_newest
def test_full_sets_every_field(body: type[EventData]) -> None:
    document = CHECKOUT.example(body, "full")
    event = from_document(document)
    assert list(unset_fields(event.data)) == []
    assert None not in (event.correlation_id, event.causation_id, event.traceparent)


@each_newest
def test_minimal_sets_what_is_required_and_no_more(body: type[EventData]) -> None:
    event = from_document(CHECKOUT.example(body, "minimal"))
    assert list(optional_fields_set(event.data)) == []


@each_kind
@each_body
def test_obeys_the_schema_that_others_read(body: type[EventData], kind: ExampleKind) -> None:
    validator = Draft202012Validator(
        schema_of(body), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    data = CHECKOUT.example(body, kind)["data"]
    assert [error.message for error in validator.iter_errors(data)] == []


def test_there_are_examples_of_what_exists_and_of_nothing_else() -> None:
    folder = CHECKOUT.contracts / "examples"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {
        f"{body.event_type}/v{body.major}/{kind}.json"
        for body in ALL_BODIES
        for kind in EXAMPLE_KINDS
    }


def test_every_example_has_an_id_of_its_own() -> None:
    ids = [CHECKOUT.example(body, kind)["id"] for body in ALL_BODIES for kind in EXAMPLE_KINDS]
    assert len(set(ids)) == len(ids)


def test_examples_are_laid_out_for_reading() -> None:
    for path in (CHECKOUT.contracts / "examples").rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n", path


def unset_fields(part: Part, path: str = "") -> Iterator[str]:
    for name, value in part:
        if name not in part.model_fields_set:
            yield f"{path}{name}"
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Part):
                yield from unset_fields(inner, f"{path}{name}.")


def optional_fields_set(part: Part, path: str = "") -> Iterator[str]:
    for name in part.model_fields_set:
        value = getattr(part, name)
        if not type(part).model_fields[name].is_required():
            yield f"{path}{name}"
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Part):
                yield from optional_fields_set(inner, f"{path}{name}.")
