"""How someone we call has been answering, and whether to leave them alone: a circuit breaker."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """After `failures_max` failures in a row, a rest of `rest` before each further try."""

    failures_max: int
    rest: timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """Failures in a row, and until when no call is made. One that answered well has neither."""

    failures: int = 0
    rests_until: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Whether no call is to be made now."""
        return self.rests_until is not None and now < self.rests_until

    def resting_until(self, moment: datetime) -> "Standing":
        """At rest until this moment at least."""
        if self.rests_until is not None and self.rests_until > moment:
            return self
        return Standing(self.failures, moment)

    def called(self, now: datetime, patience: Patience) -> "Standing":
        """A call is being made. After too many failures it is a trial: others wait for its end."""
        if self.failures < patience.failures_max:
            return self
        return self.resting_until(now + patience.rest)

    def failed(self, now: datetime, patience: Patience) -> "Standing":
        """The call failed."""
        return Standing(self.failures + 1, self.rests_until).called(now, patience)

    def lifted(self) -> "Standing":
        """Somebody wants a call made now: the rest is over, the failures are not forgotten."""
        return Standing(self.failures)


WELL = Standing()
