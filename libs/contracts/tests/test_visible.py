"""What a reader sees something of, and what is nothing to see."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_contracts.visible import is_blank, is_invisible


@pytest.mark.parametrize(
    "text",
    [
        "", " \t\n", "\u00a0\u2003\u3000", "\u200b\u200c\u200d\u2060", "\ufeff", "\u00ad",
        "\u202e\u2066",
        "\u034f", "\u115f\u1160\u3164\uffa0", "\u17b4\u17b5", "\u180b\u180e", "\u2800", "\ufe0f",
        "\U000e0041\U000e007f", "\U000e0100", "\u2028\u2029\x85", "\x07\x1b\x00", "\U0001d159",
    ],
)  # fmt: skip
def test_nothing_can_be_seen(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize(
    "text",
    [
        "a", "\u200ba", "。", "👍🏽", "🏳️‍🌈", "ไม่", "\u0301", "한", "\ue000", "\u0378", "⠁",
        "\u115e", "\u1161", "\u17b3", "\u17b6", "\u27ff", "\u3163", "\u3165", "\ufe10", "\uff9f",
    ],
)  # fmt: skip
def test_something_can_be_seen(text: str) -> None:
    assert not is_blank(text)


@given(st.text(), st.text())
def test_a_text_is_blank_when_all_of_it_is(first: str, second: str) -> None:
    assert is_blank(first + second) == (is_blank(first) and is_blank(second))


RANGES = [
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065),
    (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
    (0x1D159, 0x1D159), (0xE0000, 0xE0FFF),
]  # fmt: skip
"""Default_Ignorable_Code_Point of Unicode 16, the blank braille pattern and the null notehead."""


@pytest.mark.parametrize(("first", "last"), RANGES)
def test_a_range_of_unicode_is_invisible_to_its_ends_and_no_further(first: int, last: int) -> None:
    assert is_invisible(chr(first))
    assert is_invisible(chr(last))
    for beside in (chr(first - 1), chr(last + 1)):
        blank = unicodedata.category(beside) in {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"}
        assert is_invisible(beside) == blank
