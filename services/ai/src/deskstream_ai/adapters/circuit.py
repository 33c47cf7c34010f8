"""A circuit breaker: what does not answer is left alone for a while, and then tried by one.

Two things that purgatory, which is used elsewhere, does not do: while half-open it admits one
question and not all of them (each of which would wait out its time against a provider that hangs),
and it opens at once when there is no sense in asking again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Admission:
    """Leave to ask now. It is given back, with what came of it, whatever happens."""

    began_at: float
    probes: bool


class Circuit:
    """Closed: everyone asks. Open: nobody does for `pause_s`; then one probe decides."""

    def __init__(
        self, *, failures_max: int, pause_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures_max = failures_max
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._answered_at: float | None = None
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether questions are held back, save for a probe."""
        return self._opened_at is not None

    def admit(self) -> Admission | None:
        """Leave to ask, or none while the circuit is open."""
        now = self._clock()
        if self._opened_at is None:
            return Admission(now, probes=False)
        if self._probing or now < self._opened_at + self._pause_s:
            return None
        self._probing = True
        return Admission(now, probes=True)

    def answered(self, admission: Admission) -> None:
        """An answer came. An open circuit is closed by its probe alone, not by a straggler."""
        self._answered_at = self._clock()
        if admission.probes:
            self._probing = False
            self._opened_at = None
        if self._opened_at is None:
            self._failures = 0

    def failed(self, admission: Admission, *, hung: bool = False, hopeless: bool = False) -> None:
        """No answer came.

        It opens after `failures_max` in a row, and at once when a failed probe says nothing has
        changed, when asking again is `hopeless`, or when the question `hung` and no other has been
        answered for as long as it waited.
        """
        self._failures += 1
        silent = self._answered_at is None or self._answered_at < admission.began_at
        if admission.probes:
            self._probing = False
        if (
            admission.probes
            or hopeless
            or (hung and silent)
            or (self._opened_at is None and self._failures >= self._failures_max)
        ):
            self._opened_at = self._clock()

    def abandoned(self, admission: Admission) -> None:
        """Who asked has gone: it says nothing of who was asked."""
        if admission.probes:
            self._probing = False
