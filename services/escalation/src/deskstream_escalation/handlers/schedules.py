"""What time alone brings about: service-level clocks warn and run out."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from deskstream_contracts import Event, EventData
from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.decide import Policies, pass_time
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

LogTimeNow = Callable[[Transaction], Awaitable[datetime | None]]
"""Until when everything that could stop a clock is known; None while that is not."""


class ClockSchedule:
    """Looks at the clocks that are due, so many at a time."""

    def __init__(self, policies: Policies, log_time: LogTimeNow, clocks_max: int) -> None:
        self._policies = policies
        self._log_time = log_time
        self._clocks_max = clocks_max

    async def check_due_clocks(self, tx: Transaction) -> Effects:
        """The clocks that are due, the longest overdue first."""
        now = await self._log_time(tx)
        if now is None:
            return NO_EFFECTS
        before = await process_repository.lock_due(tx, now, self._clocks_max)
        processes = dict(before)
        announced: list[Event[EventData]] = []
        for ticket_id, process in before.items():
            processes[ticket_id], made = pass_time(process, self._policies, now)
            announced += made
        await process_repository.store(tx, before, processes)
        return Effects(announced)
