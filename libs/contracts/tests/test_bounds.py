"""The bounds that readers count on: the last value that passes, and the first that does not."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from deskstream_contracts import model
from deskstream_contracts.model import INSTANT_END, INSTANT_FIRST, Part

LONGEST_CODE = "a" * 100
LONGEST_LANGUAGE = "en" + "-abcdefgh" * 3 + "-abcde"
LONGEST_URL = "https://a.example/".ljust(2_048, "a")
SECONDS = 7_258_118_400.0
LAST_INSTANT = INSTANT_END - timedelta(microseconds=1)


def text(length: int) -> str:
    return "x" * length


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (model.Code, "a"),
        (model.Code, LONGEST_CODE),
        (model.Identifier, "x"),
        (model.Identifier, text(200)),
        (model.Language, LONGEST_LANGUAGE),
        (model.LanguageTag, LONGEST_LANGUAGE),
        (model.PersonalLine, text(500)),
        (model.PersonalText, text(65_536)),
        (model.Line, text(500)),
        (model.Text, text(65_536)),
        (model.Url, LONGEST_URL),
        (model.Sha256, "0f" * 32),
        (model.Instant, INSTANT_FIRST),
        (model.Instant, LAST_INSTANT),
        (model.Confidence, 0.0),
        (model.Confidence, 1.0),
        (model.Count, 0),
        (model.Count, 9_007_199_254_740_991),
        (model.Positive, 1),
        (model.Positive, 9_007_199_254_740_991),
        (model.DurationSeconds, 0.0),
        (model.DurationSeconds, SECONDS),
        (model.DurationMilliseconds, SECONDS * 1_000),
        (model.Tags, ("vip",) * 50),
    ],
)
def test_the_last_value_within_a_bound_passes(kind: Any, value: Any) -> None:
    assert TypeAdapter(kind).validate_python(value) == value


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        (model.Code, "", "string_pattern_mismatch"),
        (model.Code, LONGEST_CODE + "a", "string_pattern_mismatch"),
        (model.Identifier, "", "string_too_short"),
        (model.Identifier, text(201), "string_too_long"),
        (model.Language, LONGEST_LANGUAGE + "f", "string_too_long"),
        (model.LanguageTag, LONGEST_LANGUAGE + "f", "string_too_long"),
        (model.PersonalLine, text(501), "string_too_long"),
        (model.PersonalText, text(65_537), "string_too_long"),
        (model.Line, text(501), "string_too_long"),
        (model.Text, text(65_537), "string_too_long"),
        (model.Url, LONGEST_URL + "a", "string_too_long"),
        (model.Sha256, "0f" * 31, "string_pattern_mismatch"),
        (model.Instant, INSTANT_FIRST - timedelta(microseconds=1), "greater_than_equal"),
        (model.Instant, INSTANT_END, "less_than"),
        (model.Instant, INSTANT_FIRST.replace(tzinfo=None), "timezone_aware"),
        (model.Confidence, -0.001, "greater_than_equal"),
        (model.Confidence, 1.001, "less_than_equal"),
        (model.Count, -1, "greater_than_equal"),
        (model.Count, 9_007_199_254_740_992, "less_than_equal"),
        (model.Positive, 0, "greater_than_equal"),
        (model.Positive, 9_007_199_254_740_992, "less_than_equal"),
        (model.DurationSeconds, -0.001, "greater_than_equal"),
        (model.DurationSeconds, SECONDS + 0.001, "less_than_equal"),
        (model.DurationSeconds, float("inf"), "finite_number"),
        (model.DurationMilliseconds, SECONDS * 1_000 + 1, "less_than_equal"),
        (model.DurationMilliseconds, float("nan"), "finite_number"),
        (model.Tags, ("vip",) * 51, "too_long"),
    ],
)
def test_the_first_value_past_a_bound_is_refused(kind: Any, value: Any, error: str) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(value)
    assert raised.value.errors()[0]["type"] == error


def test_instants_are_of_any_zone() -> None:
    assert datetime(1970, 1, 1, 5, 30, tzinfo=timezone(timedelta(hours=5.5))) == INSTANT_FIRST
    assert datetime(2199, 12, 31, 12, tzinfo=timezone(timedelta(hours=-12))) == INSTANT_END


class Sample(Part):
    number: int


def test_a_part_takes_no_other_type_and_never_changes() -> None:
    with pytest.raises(ValidationError, match="int_type"):
        Sample.model_validate({"number": "1"})
    with pytest.raises(ValidationError, match="frozen"):
        Sample(number=1).number = 2  # type: ignore[misc]  # refused by mypy, and here at run time
