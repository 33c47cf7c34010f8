"""Columns of the read models in SQL, from the types that they are declared with."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

from deskstream_projection.domain.columns import Codes, Int32, Json, Text

_TYPES: Mapping[object, str] = {
    str: "text",
    Text: "text",
    Codes: "text",
    Json: "json",
    int: "bigint",
    Int32: "integer",
    float: "double precision",
    bool: "boolean",
    bytes: "bytea",
    datetime: "timestamp with time zone",
    UUID: "uuid",
}


def columns(declared: type[tuple[Any, ...]]) -> dict[str, str]:
    """The Postgres type of each column of a NamedTuple, in order."""
    return {name: _TYPES[_plain(hint)] for name, hint in get_type_hints(declared).items()}


def unnest(types: Iterable[str]) -> str:
    """Rows from one array parameter a column."""
    return f"unnest({', '.join(f'${number}::{kind}[]' for number, kind in enumerate(types, 1))})"


def _plain(hint: Any) -> object:
    """`X | None` is X; a choice of words is text."""
    if get_origin(hint) is Literal:
        return str
    choices = [each for each in get_args(hint) if each is not NoneType]
    return _plain(choices[0]) if choices else hint
