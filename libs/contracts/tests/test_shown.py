"""Text from outside is harmless where it is shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_contracts.shown import shown_line, shown_text

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=200)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_line_end_is_one_line_feed_in_a_text_and_one_blank_in_a_line(end: str) -> None:
    assert shown_text(f"a{end}b") == "a\nb"
    assert shown_line(f"{end} a {end} b{end}") == "a b"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("a\x00b\x7fc\x1cd", "a␀b␡c␜d"),
        ("\x9b31m", "\ufffd31m"),
        ("half \ud800 a character", "half \ufffd a character"),
        ("invoice\u202egpj.exe\u202c", "invoicegpj.exe"),
        ("\u2067rtl\u2069 \u202atoo", "rtl too"),
    ],
)
def test_what_moves_cursors_or_turns_directions_does_not(hostile: str, shown: str) -> None:
    assert shown_text(hostile) == shown_line(hostile) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (0x00, "␀"), (0x08, "␈"), (0x0E, "␎"), (0x1F, "␟"), (0x20, " "), (0x7F, "␡"),
        (0x80, "\ufffd"), (0x84, "\ufffd"), (0x9F, "\ufffd"), (0xA0, "\xa0"),
        (0xD7FF, "\ud7ff"), (0xD800, "\ufffd"), (0xDFFF, "\ufffd"), (0xE000, "\ue000"),
        (0x202A, ""), (0x202E, ""), (0x202F, "\u202f"), (0x2065, "\u2065"), (0x2066, ""),
        (0x2069, ""), (0x206A, "\u206a"),
    ],
)  # fmt: skip
def test_a_range_of_harmful_characters_is_replaced_to_its_ends_and_no_further(
    code: int, shown: str
) -> None:
    assert shown_text(f"a{chr(code)}b") == f"a{shown}b"


@pytest.mark.parametrize(
    "ordinary", ["Grüße, 12 €", "שלום\u200f!", "\u061cمرحبا", "👩\u200d👧 日本語", "tab\there"]
)
def test_ordinary_text_stays_as_it_is(ordinary: str) -> None:
    assert shown_text(ordinary) == ordinary


@given(ANY_TEXT)
def test_whatever_the_text_nothing_harmful_is_left_and_it_can_be_written(text: str) -> None:
    shown = shown_text(text)
    assert not [
        c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\t\n"
    ]
    assert not [
        c
        for c in shown
        if unicodedata.bidirectional(c)
        in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    ]
    shown.encode()
    assert shown_text(shown) == shown
    assert len(shown_line(text).splitlines()) <= 1
