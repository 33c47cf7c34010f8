"""Something done again and again in a transaction: clocks that ran out, rows that grew old."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from deskstream_runtime.commit import Committer
from deskstream_runtime.effects import Effects, Transaction
from deskstream_runtime.errors import is_transient

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ticker:
    """`act` runs every `interval_s`, and at once again while it returns events."""

    name: str
    interval_s: float
    act: Callable[[Transaction], Awaitable[Effects]]

    async def run(self, committer: Committer) -> None:
        """Ticks until cancelled. A tick that fails is rolled back and tried at the next."""
        while True:
            more = False
            try:
                more = await committer.commit(self._tick)
            except Exception as error:
                if is_transient(error):
                    _log.warning("ticker.waiting", ticker=self.name, error=type(error).__name__)
                else:
                    _log.error("ticker.failed", ticker=self.name, exc_info=error)
            await asyncio.sleep(0 if more else self.interval_s)

    async def _tick(self, tx: Transaction) -> tuple[Effects, bool]:
        effects = await self.act(tx)
        return effects, bool(effects.events)
