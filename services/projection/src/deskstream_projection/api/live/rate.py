"""How many messages one client may send."""


class MessageRate:
    """So many a second, and a burst of so many at once (a token bucket)."""

    def __init__(self, per_s: float, burst: int, now_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._at_s = now_s

    def allows(self, now_s: float) -> bool:
        """Counts a message that came now; `now_s` only grows. False when it is one too many."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
