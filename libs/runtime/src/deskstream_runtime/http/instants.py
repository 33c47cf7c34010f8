"""Moments as callers write them: RFC 3339 text with a zone, and nothing else."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from deskstream_contracts.model import INSTANT_END, INSTANT_FIRST

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _written_as_such(value: object) -> object:
    """Pydantic also takes numbers, as seconds or milliseconds whatever they meant."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("write a date and time with a zone, like 2026-01-31T12:00:00Z (RFC 3339)")
    return value


def _in_reach(value: datetime) -> datetime:
    """Some minutes of the first and last year have no UTC that Python and Postgres can hold."""
    try:
        value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment is out of reach, its year in UTC is not 1 to 9999") from None
    return value


def _may_be_told(value: datetime) -> datetime:
    """A fact is kept for ever, and every reader of it counts on these bounds."""
    if not INSTANT_FIRST <= value < INSTANT_END:
        years = f"{INSTANT_FIRST.year} to {INSTANT_END.year - 1}"
        raise ValueError(f"{value.isoformat()} is not in the years {years} (UTC)")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_written_as_such), AfterValidator(_in_reach)]
"""A moment to ask about."""

OccurredAt = Annotated[Instant, AfterValidator(_may_be_told)]
"""When something happened that a caller reports."""
