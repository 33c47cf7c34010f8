"""What time it is in the log: how far the events that we have read reach."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class LogTime:
    """The time that clocks are told. `read_at` is when a batch was last handled, or the start.

    While we are behind (after a stop, or when the state is built again from the log) our answer to
    a customer may lie in the part not read yet, and no clock may be said to have run out for want
    of it. So the time is that of the oldest event of the latest batch, `read_until`; when nothing
    has come for the time `quiet`, the log is read to its end and the time is now.
    """

    quiet: timedelta
    read_at: datetime
    read_until: datetime | None = None

    def at(self, now: datetime) -> datetime | None:
        """The time in the log; None when it is not known yet."""
        if now - self.read_at >= self.quiet:
            return now
        return self.read_until and min(self.read_until, now)
