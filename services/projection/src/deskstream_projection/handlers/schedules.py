"""What is done because time has passed: roll-ups by the minute are removed."""

from datetime import timedelta

from deskstream_projection.adapters.read_model_store import forget_minutes
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction


class Retention:
    """Roll-ups by the minute are kept for `minutes_kept`, those by the quarter hour for ever."""

    def __init__(self, clock: Clock, minutes_kept: timedelta) -> None:
        self._clock = clock
        self._minutes_kept = minutes_kept

    async def forget_minutes(self, tx: Transaction) -> Effects:
        """Removes the minutes that are too old."""
        await forget_minutes(tx, self._clock() - self._minutes_kept)
        return NO_EFFECTS
