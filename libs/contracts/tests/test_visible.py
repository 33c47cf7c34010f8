"""What a reader sees something of, and what is nothing to see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_contracts.visible import is_blank


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
