"""How someone we call has been answering, and whether to leave them alone: a circuit breaker."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """After `failures_max` failures in a row, a rest of `rest` before each further try."""

    failures_max: int
    rest: timedelta


@dataclass(frozen=True, slots=True)
class CircuitState:
    """Failures in a row, and until when no call is made. One that answered well has neither."""

    failures: int = 0
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether no call is to be made now."""
        return self.open_until is not None and now < self.open_until

    def opened_until(self, moment: datetime) -> "CircuitState":
        """At rest until this moment at least."""
        if self.open_until is not None and self.open_until > moment:
            return self
        return CircuitState(self.failures, moment)

    def called(self, now: datetime, policy: BreakerPolicy) -> "CircuitState":
        """A call is being made. After too many failures it is a trial: others wait for its end."""
        if self.failures < policy.failures_max:
            return self
        return self.opened_until(now + policy.rest)

    def failed(self, now: datetime, policy: BreakerPolicy) -> "CircuitState":
        """The call failed."""
        return CircuitState(self.failures + 1, self.open_until).called(now, policy)

    def half_opened(self) -> "CircuitState":
        """Somebody wants a call made now: the rest is over, the failures are not forgotten."""
        return CircuitState(self.failures)


CLOSED = CircuitState()
