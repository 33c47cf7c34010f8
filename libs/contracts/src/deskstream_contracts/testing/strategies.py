"""Hypothesis strategies for event bodies and events, derived from the models' annotations."""

import math
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

from hypothesis import strategies as st
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from deskstream_contracts.attributes import REVISION_MAX, SEQUENCE_MAX
from deskstream_contracts.event import Event
from deskstream_contracts.model import EventData, Part

B = TypeVar("B", bound=EventData)
P = TypeVar("P", bound=Part)

_LIST_SIZE_MAX = 3
_TEXT_SIZE_MAX = 40
# No lone surrogates, which are not text, and no NUL, which the codec refuses.
_CHARACTERS = st.characters(codec="utf-8", exclude_characters="\x00")
_INSTANTS = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 (hypothesis adds the zone)
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
)
_TRACEPARENTS = st.integers(0, 2**192 - 1).map(
    lambda ids: f"00-{ids >> 64:032x}-{ids % 2**64:016x}-0{ids % 2}"
)


def events(body: type[B]) -> st.SearchStrategy[Event[B]]:
    """Events with any body of this type, with and without each optional attribute."""
    return st.builds(
        Event[B],
        id=st.uuids(),
        subject=st.uuids(),
        time=_INSTANTS,
        data=bodies(body),
        sequence=st.none() | st.integers(1, SEQUENCE_MAX),
        correlation_id=st.none() | st.uuids(),
        causation_id=st.none() | st.uuids(),
        traceparent=st.none() | _TRACEPARENTS,
        revision=st.integers(1, REVISION_MAX),
    )


def bodies(part: type[P]) -> st.SearchStrategy[P]:
    """Any valid body, or part of one: lists of up to 3, texts of up to 40 characters."""
    return _bodies(part)


@cache  # a strategy prepares itself when it is first drawn from, which takes long
def _bodies(part: type[Part]) -> st.SearchStrategy[Any]:
    fields = {
        name: _values(field.annotation, _rules(field.metadata))
        for name, field in part.model_fields.items()
    }
    return st.builds(part, **fields)


def _values(annotation: Any, rules: dict[str, Any]) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _values(arguments[0], rules | _rules(arguments[1:]))
    if origin in (Union, UnionType):
        return st.one_of([_values(one, rules) for one in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (tuple, dict):
        return _collections(origin, arguments, rules)
    return _bodies(annotation) if issubclass(annotation, Part) else _scalars(annotation, rules)


def _collections(
    kind: type, arguments: tuple[Any, ...], rules: dict[str, Any]
) -> st.SearchStrategy[Any]:
    first = _values(arguments[0], {})
    if kind is tuple:
        lists = st.lists(first, min_size=rules.get("min_length", 0), max_size=_LIST_SIZE_MAX)
        return lists.map(tuple)
    return st.dictionaries(first, _values(arguments[1], {}), max_size=_LIST_SIZE_MAX)


def _scalars(kind: type, rules: dict[str, Any]) -> st.SearchStrategy[Any]:
    least, most = rules.get("ge"), rules.get("le")
    by_kind: dict[type, st.SearchStrategy[Any]] = {
        str: _texts(rules),
        int: st.integers(least, most),
        float: st.floats(least, most, allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        UUID: st.uuids(),
        AwareDatetime: _INSTANTS,
        NoneType: st.none(),
    }
    return by_kind[kind]


def _texts(rules: dict[str, Any]) -> st.SearchStrategy[str]:
    if pattern := rules.get("pattern"):
        # `$` lets Python add a line end, which the pattern's own language does not.
        matching = st.from_regex(pattern, alphabet=_CHARACTERS)
        most = rules.get("max_length", math.inf)
        return matching.filter(lambda text: not text.endswith("\n") and len(text) <= most)
    return st.text(_CHARACTERS, min_size=rules.get("min_length", 0), max_size=_TEXT_SIZE_MAX)


def _rules(metadata: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mark in metadata:
        if isinstance(mark, FieldInfo):
            found |= _rules(mark.metadata)
        for name in ("ge", "le", "min_length", "max_length", "pattern"):
            value = getattr(mark, name, None)
            if value is not None:
                found[name] = value
    return found
