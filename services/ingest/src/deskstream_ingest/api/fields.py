"""The kinds of text that callers send. Everything is bounded, and nothing holds a NUL character,
which neither the log nor Postgres takes."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from deskstream_contracts.model import Code
from deskstream_ingest.domain.customer_identity import normalised_email

_NO_NUL = r"^[^\x00]*$"

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00\r\n]*$")
]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_NUL)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=65_536, pattern=_NO_NUL)]
Url = Annotated[str, StringConstraints(max_length=2_048, pattern=r"^https?://[^\s\x00]+$")]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a message needs some text")
    return text


Body = Annotated[Note, AfterValidator(_not_blank)]
"""The text of a message."""


def _distinct(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


Tags = Annotated[tuple[Code, ...], Field(max_length=50), AfterValidator(_distinct)]

Email = Annotated[
    str,
    AfterValidator(normalised_email),
    StringConstraints(max_length=320, pattern=r"^\s*[^@\s\x00]+@[^@\s\x00]+\s*$"),
]
"""Only that it is one address is checked: whether it is reached shows when it is written to."""

_PHONE_SEPARATORS = re.compile(r"[\s().\-]")


def _e164(phone: str) -> str:
    number = _PHONE_SEPARATORS.sub("", phone)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise ValueError("write the number with its country code, like +15550100200 (E.164)")
    return number


Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_e164)]
"""Separators are dropped; what is kept is E.164."""
