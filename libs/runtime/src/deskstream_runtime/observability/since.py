"""Since when something has been so, without a break."""

from collections.abc import Collection
from typing import Generic, TypeVar

K = TypeVar("K")


class Since(Generic[K]):
    """Remembers for each key the first of the looks in a row that found it."""

    def __init__(self) -> None:
        self._since: dict[K, float] = {}

    def note(self, found: Collection[K], now: float) -> None:
        """What a look found, at a moment in seconds."""
        self._since = {key: self._since.get(key, now) for key in found}

    def age_s(self, key: K, now: float) -> float:
        """For how long it has been so; 0 when it is not."""
        return max(0.0, now - self._since.get(key, now))
