"""Entities in a message."""

import time

import pytest

from deskstream_ai.adapters.local.entities import entities_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("order #A-12345 is late", [("order_number", "A-12345")]),
        ("Order number: 998877", [("order_number", "998877")]),
        ("flight UA 123 and flight UA 123", [("flight_number", "UA 123")]),
        ("you took $45.00 from me", [("amount", "$45.00")]),
        ("in order to fly", []),
        ("order status please", []),
    ],
)
def test_found(text: str, found: list[tuple[str, str]]) -> None:
    assert [(entity.kind, entity.value) for entity in entities_in(text)] == found


def test_at_most_twenty() -> None:
    assert len(entities_in(" ".join(f"${n}" for n in range(100, 200)))) == 20


def test_a_hostile_text_takes_no_exponential_time() -> None:
    began = time.process_time()
    assert entities_in("order " + "#" * 4_000 + "a-" * 2_000) == ()
    assert time.process_time() - began < 5
