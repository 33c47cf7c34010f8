"""One moment by which several things, done one after the other, must all be over."""

import time


class Deadline:
    """Begins when it is made and ends after `within_s`; each step asks how long it may take."""

    def __init__(self, within_s: float) -> None:
        self._began_at = time.monotonic()
        self._within_s = within_s

    def left_s(self, share: float = 1.0) -> float:
        """Seconds until this share of the whole time is over; 0 when it is."""
        return max(0.0, self._began_at + self._within_s * share - time.monotonic())
