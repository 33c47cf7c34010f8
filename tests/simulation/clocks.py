"""Log time in a simulation: what a process of escalation knows of it; its looks at clocks."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from simulation.driving import run
from simulation.services import clock_schedule

from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_runtime.consuming import log_time
from deskstream_runtime.consuming.log_time import LogTime, ReadUpTo
from deskstream_runtime.effects import Effects
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.settings import WatermarkSettings

if TYPE_CHECKING:
    from simulation.parts import Part

WATERMARKS = WatermarkAdvanced.event_type
SETTINGS = WatermarkSettings.model_construct(interval_s=0.0, clocks_differ_max_s=1.0)
"""Each time that the relay reads the outbox, it takes a mark."""


def infrastructure_of(part: "Part") -> Infrastructure:
    """That of a process, as far as nothing connects to a server."""
    infrastructure = SimpleNamespace(
        name=part.name,
        settings=SimpleNamespace(watermark=SETTINGS),
        clock=part.clock,
        database=part.database,
        unit_of_work=part.unit_of_work,
    )
    return cast(Infrastructure, infrastructure)


class Clocks:
    """The runtime's `LogTime` and escalation's schedule, as `app.py` puts them together."""

    def __init__(self, part: "Part") -> None:
        self._part = part
        self._log_time = LogTime(infrastructure_of(part))
        self._schedule = clock_schedule(self._log_time.now)
        self.route = self._log_time.route()

    def hear(self) -> None:
        """Asks the log for its ends if there is a later watermark, as `LogTime` does in turns."""

        async def ask() -> datetime | None:
            async with self._part.database.connection() as connection:
                until: datetime | None = await connection.fetchval(log_time._UNTIL, WATERMARKS)
                return until

        until = run(ask())
        known, ends = self._log_time._known, self._part.log.ends
        if until is not None and known.wants(until):
            wanted = ReadUpTo(until, {one: ends.get(one, 0) for one in self._log_time._partitions})
            self._log_time._known = replace(known, wanted=wanted)

    def look(self) -> None:
        """One tick."""

        async def act(tx: Transaction) -> Effects:
            return await self._schedule.check_due_clocks(tx)

        run(self._part.unit_of_work.run(act))
