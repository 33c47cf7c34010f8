"""A wrong value is named so that the caller finds it in what was sent."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from deskstream_runtime.http.instants import Instant
from deskstream_runtime.http.wrong_values import WrongValue, wrong_value

Word = Annotated[str, StringConstraints(pattern="^[a-z]+$")]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


class Owner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Word
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    labels: dict[Word, Word] = {}
    either: int | list[int] = 0


FULL = {"name": "ann", "pet": {"kind": "dog", "tricks": []}}


def pointers(body: object) -> list[str | None]:
    with pytest.raises(ValidationError) as refused:
        Owner.model_validate(body)
    errors = [{**error, "loc": ("body", *error["loc"])} for error in refused.value.errors()]
    return sorted({wrong_value(error, body).pointer for error in errors}, key=str)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "Ann!"}, ["/name"]),
        ({"pet": {"kind": "dog", "tricks": ["sit", 7]}}, ["/pet/tricks/1"]),
        ({"pet": {"kind": "cat"}}, ["/pet/lives"]),
        ({"pet": {"kind": "cow"}}, ["/pet"]),
        ({"labels": {"Big": "x"}}, ["/labels/Big"]),
        ({"labels": {"a": "X"}}, ["/labels/a"]),
        ({"either": "x"}, ["/either"]),
        ({"a/b~c": 1}, ["/a~1b~0c"]),
    ],
)
def test_a_pointer_leads_into_the_body(change: dict[str, object], expected: list[str]) -> None:
    assert pointers(FULL | change) == expected


@pytest.mark.parametrize("body", [[], "x", 7, None])
def test_the_body_as_a_whole_has_the_empty_pointer(body: object) -> None:
    assert pointers(body) == [""]


def test_a_parameter_is_named_and_has_no_pointer() -> None:
    error = {"type": "int_parsing", "loc": ("query", "limit"), "msg": "Input should be a number"}
    assert wrong_value(error, None) == WrongValue(
        parameter="limit", where="query", detail="Input should be a number"
    )


def test_our_own_words_come_without_pydantics() -> None:
    error = {"type": "value_error", "loc": ("body",), "msg": "Value error, name one field"}
    assert wrong_value(error, {}).detail == "name one field"


INSTANT: TypeAdapter[object] = TypeAdapter(Instant)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z",
        "2026-01-31 12:00:00.123456+05:30",
        "2026-01-31T12:00:00-00:00",
    ],
)
def test_rfc_3339_is_taken(text: str) -> None:
    assert INSTANT.validate_python(text)


@pytest.mark.parametrize(
    "value",
    [
        "0.5", "1764028800", 1764028800, 0.5, "2026-01-31", "2026-01-31T12:00Z",
        "2026-01-31T12:00:00", "20260131T120000Z", "2026-01-31T12:00:00+0530", "now", "",
        "２０２６-01-31T12:00:00Z",
        "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30T12:00:00Z",
        "2026-01-31T12:00:00Z\n",
    ],
)  # fmt: skip
def test_no_other_way_to_write_a_time_is_taken(value: object) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)
