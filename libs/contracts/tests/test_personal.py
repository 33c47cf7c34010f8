"""No personal field survives blanking or reaches a log, wherever in a body it is."""

from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskstream_contracts import EventData, decode, encode, revised
from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.events.ticket import TicketCreated
from deskstream_contracts.model import Part, Personal, PersonalLine
from deskstream_contracts.personal import (
    is_personal,
    loggable,
    personal_fields,
    without_personal_data,
)
from deskstream_contracts.registry import BODIES
from deskstream_contracts.structure import nested_parts
from deskstream_contracts.structured import from_document
from deskstream_contracts.testing import bodies

CHECKOUT = this_checkout()
CANARY = "https://canary.example/zq7"

each_body = pytest.mark.parametrize("body", BODIES, ids=lambda body: body.event_type)


def canary_like(value: object) -> object:
    match value:
        case dict():
            return {"note": CANARY}
        case tuple():
            return (CANARY,)
        case _:
            return CANARY


def with_canaries(part: Part) -> Part:
    """The part with a canary in each personal field, of the kind the field holds."""
    fields: dict[str, Any] = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if is_personal(field):
            fields[name] = canary_like(value)
        elif name in nested_parts(type(part)):
            many = isinstance(value, tuple)
            fields[name] = tuple(map(with_canaries, value)) if many else with_canaries(value)
    return part.model_copy(update=fields)


@each_body
def test_no_canary_survives_blanking(body: type[EventData]) -> None:
    data = with_canaries(from_document(CHECKOUT.example(body, "full")).data)
    assert data.model_dump_json().count(CANARY) >= len(personal_fields(body))
    assert CANARY not in without_personal_data(data).model_dump_json()


@each_body
def test_no_canary_is_logged(body: type[EventData]) -> None:
    data = with_canaries(from_document(CHECKOUT.example(body, "full")).data)
    logged = loggable(data)
    assert CANARY not in str(logged)
    assert logged


@each_body
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_blank_body_is_valid_and_otherwise_the_same(
    body: type[EventData], data: st.DataObject
) -> None:
    whole = data.draw(bodies(body))
    blank = without_personal_data(whole)
    assert type(blank) is body
    assert body.model_validate(blank.model_dump()) == blank
    assert without_personal_data(blank) == blank
    assert loggable(blank) == loggable(whole)


def test_erasing_replaces_the_event_under_its_own_id() -> None:
    event = from_document(CHECKOUT.example(TicketCreated, "full"))
    record = encode(event)
    erased = encode(revised(event, without_personal_data(event.data)))
    assert (erased.topic, erased.partition, erased.key) == record[:3]
    read = decode(erased.topic, erased.headers, erased.value)
    assert isinstance(read.data, TicketCreated)
    assert read.revision == 2
    assert (read.data.subject, read.data.body, read.data.customer.email) == ("", "", None)
    assert read.data.customer.id == read.data.ticket.customer_id
    assert read.data.attachments[0].name == ""


def test_personal_fields_are_named_by_their_paths() -> None:
    assert personal_fields(TicketCreated) == (
        "subject",
        "body",
        "attributes",
        "customer.name",
        "customer.email",
        "customer.phone",
        "customer.external_id",
        "customer.unusable_addresses",
        "external.url",
        "attachments[].name",
    )


def test_a_dead_letter_holds_nothing_personal() -> None:
    assert personal_fields(BODIES[-1]) == ()


def test_a_personal_field_that_cannot_be_blank_is_refused() -> None:
    class Wrong(Part):
        age: Annotated[int, Personal()]

    with pytest.raises(TypeError, match=r"Wrong\.age is personal but has no blank value"):
        without_personal_data(Wrong(age=44))


def test_marks_are_found_inside_lists_and_alternatives() -> None:
    class Mixed(Part):
        aliases: tuple[PersonalLine, ...] = ()
        nickname: PersonalLine | None = None
        shoe_size: int = 40

    assert personal_fields(Mixed) == ("aliases", "nickname")
    assert without_personal_data(Mixed(aliases=("Bo",), nickname="B", shoe_size=41)) == Mixed(
        shoe_size=41
    )
