"""The language detector on support messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_ai.adapters.local.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my order? It should have come yesterday.", "en"),
        ("Wo ist meine Bestellung? Sie ist noch nicht da.", "de"),
        ("Où est ma commande ? Elle n'est pas arrivée.", "fr"),
        ("thx", None),
        ("", None),
    ],
)
def test_language(text: str, language: str | None) -> None:
    assert language_of(text) == language


@given(st.text(max_size=300))
def test_any_text_is_accepted(text: str) -> None:
    found = language_of(text)
    assert found is None or found.isascii()
