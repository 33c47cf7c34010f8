"""The rate of messages that one client may send."""


class MessageRate:
    """A token bucket: `per_s` messages a second, and `burst` at once."""

    def __init__(self, per_s: float, burst: int, now_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._at_s = now_s

    def allows(self, now_s: float) -> bool:
        """Counts a message received now; `now_s` never decreases. False when it is one too many."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
