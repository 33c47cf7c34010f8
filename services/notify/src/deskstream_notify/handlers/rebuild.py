"""Notifications rebuilt from the log: none of them is sent a second time."""

from collections.abc import Sequence

from deskstream_contracts import Event
from deskstream_notify.adapters import rebuild_repository
from deskstream_notify.domain.rebuild import OutcomeEvent, rebuilt
from deskstream_notify.handlers.schedules import Retention
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction


class RebuildHandlers:
    """Apply our own events after the handlers that planned their notifications."""

    def __init__(self, clock: Clock, retention: Retention) -> None:
        self._clock = clock
        self._retention = retention

    async def apply_outcomes(
        self, tx: Transaction, events: Sequence[Event[OutcomeEvent]]
    ) -> Effects:
        now = self._clock()
        await rebuild_repository.restore(tx, [rebuilt(event, now) for event in events])
        return NO_EFFECTS

    async def carry_over(self, tx: Transaction) -> None:
        """Takes over from the tables of before, and deletes all rows that are old by now.

        In a rebuild the clock shows the log's time, so here the real one counts.
        """
        await rebuild_repository.carry_over(tx)
        await self._retention.delete_all(tx, utc_now())
