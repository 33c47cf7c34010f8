"""Something done again and again in a transaction: clocks that ran out, rows that grew old."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from deskstream_runtime.effects import Effects
from deskstream_runtime.errors import is_transient
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.unit_of_work import UnitOfWork

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """`act` runs every `interval_s`, and at once again while it returns events."""

    name: str
    interval_s: float
    act: Callable[[Transaction], Awaitable[Effects]]

    async def run(self, unit_of_work: UnitOfWork) -> None:
        """Ticks until cancelled. A tick that fails is rolled back and tried at the next."""
        while True:
            more = False
            try:
                more = await unit_of_work.run(self._tick)
            except Exception as error:
                if is_transient(error):
                    _log.warning("scheduled_job.waiting", job=self.name, error=type(error).__name__)
                else:
                    _log.error("scheduled_job.failed", job=self.name, exc_info=error)
            await asyncio.sleep(0 if more else self.interval_s)

    async def _tick(self, tx: Transaction) -> tuple[Effects, bool]:
        effects = await self.act(tx)
        return effects, bool(effects.events)
