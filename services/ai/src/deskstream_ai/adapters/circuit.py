"""A circuit breaker: after failures no call is made for a while, and then a single probe.

Two things that purgatory does not do: while half-open it admits one call
instead of all (each of which would wait for its time-out if the provider hangs), and it opens at
once when a retry is pointless.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Admission:
    """Permission for one call. It is given back with the outcome, whatever happens."""

    began_at: float
    probes: bool


class Circuit:
    """Closed: all calls are admitted. Open: none for `pause_s` seconds; then one probe decides."""

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
        """Whether calls are held back, except for a probe."""
        return self._opened_at is not None

    def admit(self) -> Admission | None:
        """Permission for a call; None while the circuit is open."""
        now = self._clock()
        if self._opened_at is None:
            return Admission(now, probes=False)
        if self._probing or now < self._opened_at + self._pause_s:
            return None
        self._probing = True
        return Admission(now, probes=True)

    def answered(self, admission: Admission) -> None:
        """The call was answered. An open circuit is closed by its probe alone, by no straggler."""
        self._answered_at = self._clock()
        if admission.probes:
            self._probing = False
            self._opened_at = None
        if self._opened_at is None:
            self._failures = 0

    def failed(self, admission: Admission, *, hung: bool = False, hopeless: bool = False) -> None:
        """The call was not answered.

        The circuit opens after `failures_max` failures in a row. It opens at once when the call was
        a probe, when a retry is `hopeless`, or when the call `hung` and no other was answered while
        it waited.
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
        """The caller gave up waiting: that says nothing about the model."""
        if admission.probes:
            self._probing = False
