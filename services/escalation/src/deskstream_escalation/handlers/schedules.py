"""Service-level clocks warn and run out as log time passes."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from deskstream_contracts import Event, EventData
from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.decide import advance_clocks
from deskstream_escalation.domain.policies import Policies
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

LogTimeNow = Callable[[Transaction], Awaitable[datetime | None]]
"""The time up to which every event that could stop a clock is known; None while that is not."""


class ClockSchedule:
    """Advances the clocks that are due, `clocks_max` at a time."""

    def __init__(self, policies: Policies, log_time: LogTimeNow, clocks_max: int) -> None:
        self._policies = policies
        self._log_time = log_time
        self._clocks_max = clocks_max

    async def check_due_clocks(self, tx: Transaction) -> Effects:
        """Those longest overdue come first."""
        now = await self._log_time(tx)
        if now is None:
            return NO_EFFECTS
        before = await process_repository.load_due(tx, now, self._clocks_max)
        after = dict(before)
        announced: list[Event[EventData]] = []
        for ticket_id, process in before.items():
            after[ticket_id], new_events = advance_clocks(process, self._policies, now)
            announced += new_events
        await process_repository.save(tx, before, after)
        return Effects(announced)
