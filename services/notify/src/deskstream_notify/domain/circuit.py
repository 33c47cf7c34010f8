"""The state of a circuit: how a receiver has been answering, and whether calls to it are held."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """After `failures_max` failures in a row a circuit is open for `open_for`, then tried once."""

    failures_max: int
    open_for: timedelta


@dataclass(frozen=True, slots=True)
class CircuitState:
    """Failures in a row, and until when no call is made. A closed circuit has neither."""

    failures: int = 0
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether no call may be made now."""
        return self.open_until is not None and now < self.open_until

    def opened_until(self, moment: datetime) -> "CircuitState":
        """Open until this moment at least."""
        if self.open_until is not None and self.open_until > moment:
            return self
        return CircuitState(self.failures, moment)

    def called(self, now: datetime, policy: BreakerPolicy) -> "CircuitState":
        """A call begins. After too many failures it is a trial: others wait for its result."""
        if self.failures < policy.failures_max:
            return self
        return self.opened_until(now + policy.open_for)

    def failed(self, now: datetime, policy: BreakerPolicy) -> "CircuitState":
        return CircuitState(self.failures + 1, self.open_until).called(now, policy)

    def half_opened(self) -> "CircuitState":
        """A trial may be made now. The failures still count."""
        return CircuitState(self.failures)


CLOSED = CircuitState()
