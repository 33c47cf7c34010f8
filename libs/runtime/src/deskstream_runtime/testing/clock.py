"""A clock that a test moves."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Call it for the time; `advance` moves it."""

    def __init__(self, now: datetime = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
