"""Types of columns, beside Python's own."""

from collections.abc import Iterable
from typing import NewType, overload

Text = NewType("Text", str)
"""Text that somebody else chose, made storable: see `storable`."""

Codes = NewType("Codes", str)
"""Codes joined by commas, which no code holds."""

Json = NewType("Json", str)
"""JSON as text."""

Int32 = NewType("Int32", int)
"""A number of 32 bits; an `int` has 64."""


@overload
def storable(text: str) -> Text: ...
@overload
def storable(text: str | None) -> Text | None: ...
def storable(text: str | None) -> Text | None:
    """The text as Postgres can keep it: a NUL, which JSON may hold, becomes U+FFFD."""
    return Text(text.replace("\x00", "\ufffd")) if text is not None else None


def joined(codes: Iterable[str]) -> Codes:
    return Codes(",".join(codes))
