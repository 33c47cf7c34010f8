"""Exponential backoff: longer after each failure, never the same for all that failed at once."""

import random

_FIRST_S = 0.1
_MAX_S = 5.0
_DOUBLINGS_MAX = 32


def backoff_s(attempt: int, first_s: float, max_s: float) -> float:
    """The wait after an attempt, in seconds, with jitter.

    `first_s` to twice that after attempt 1, doubling with each further one up to `max_s`.
    """
    doubled_s = first_s * 2.0 ** min(attempt - 1, _DOUBLINGS_MAX)
    return min(doubled_s + random.uniform(0.0, first_s), max_s)  # noqa: S311  (spreads load)


class Backoff:
    """Counts failures in a row of something tried for ever, and gives the wait after each."""

    def __init__(self, first_s: float = _FIRST_S, max_s: float = _MAX_S) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._failures = 0

    def next_s(self) -> float:
        """Counts a failure; the seconds to wait."""
        self._failures += 1
        return backoff_s(self._failures, self._first_s, self._max_s)

    def reset(self) -> None:
        """After a success: the next failure is a first one."""
        self._failures = 0
