"""Time as an argument: services are built with a clock, and nothing else asks what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment, in UTC."""


def utc_now() -> datetime:
    return datetime.now(UTC)
