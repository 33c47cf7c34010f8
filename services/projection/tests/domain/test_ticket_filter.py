"""Which tickets a filter asks for."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from deskstream_projection.domain.ticket_filter import TicketFilter, matches


def asked(**fields: Any) -> list[set[str]]:
    return [set(choices) for choices in TicketFilter.model_validate(fields).facets()]


def test_a_filter_without_fields_asks_for_nothing_and_every_ticket_passes() -> None:
    assert asked() == []
    assert matches([], frozenset({"status:open"}))


def test_values_of_a_field_widen_and_fields_narrow() -> None:
    wanted = asked(status=("open", "pending"), queue=("cards",))
    assert wanted == [{"status:open", "status:pending"}, {"queue:cards"}]
    choices = [frozenset(each) for each in wanted]
    assert matches(choices, frozenset({"status:pending", "queue:cards"}))
    assert not matches(choices, frozenset({"status:pending", "queue:loans"}))
    assert not matches(choices, frozenset({"status:closed", "queue:cards"}))


@pytest.mark.parametrize(("value", "text"), [(True, "yes"), (False, "no")])
def test_a_question_is_asked_in_either_answer(value: bool, text: str) -> None:
    assert asked(escalated=value) == [{f"escalated:{text}"}]
    assert asked(has_draft=value) == [{f"has_draft:{text}"}]
    assert asked(escalated=None) == []


def test_facets_have_the_names_that_tickets_have() -> None:
    customer = UUID(int=1)
    assert asked(assignee_id=("Agent-7",)) == [{"assignee:Agent-7"}]
    assert asked(customer_id=(customer,)) == [{f"customer:{customer}"}]


def test_an_address_and_a_language_match_in_any_case() -> None:
    assert asked(customer_email=("Kim@Example.com",)) == [{"email:kim@example.com"}]
    assert asked(language=("en-GB",)) == [{"language:en-gb"}]


@pytest.mark.parametrize(
    ("field", "most"),
    [("queue", [f"q{n}" for n in range(20)]), ("customer_email", ["a@b", "a" * 320])],
)
def test_the_most_that_a_field_takes(field: str, most: list[str]) -> None:
    assert len(asked(**{field: tuple(most)})[0]) == len(most)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("queue", [f"q{n}" for n in range(21)]),
        ("customer_email", ["ab"]),
        ("customer_email", ["a" * 321]),
        ("status", ["unheard_of"]),
        ("unheard_of", ["open"]),
    ],
)
def test_more_or_anything_else_is_refused(field: str, values: list[str]) -> None:
    with pytest.raises(ValidationError):
        TicketFilter.model_validate({field: tuple(values)})


def test_a_filter_does_not_change() -> None:
    with pytest.raises(ValidationError):
        TicketFilter().escalated = True  # type: ignore[misc]  # refused by mypy, and here at run time
