"""The handlers on real tables: batches in, what they announce and store out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deskstream_contracts import Event
from deskstream_escalation.adapters import process_repository
from deskstream_escalation.adapters.process_repository import Processes
from deskstream_escalation.handlers.events import EventHandlers
from deskstream_escalation.handlers.schedules import ClockSchedule
from deskstream_runtime.effects import Effects
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.postgres.connection import Transaction


@dataclass(frozen=True)
class Tables:
    infrastructure: Infrastructure
    handlers: EventHandlers
    schedule: ClockSchedule

    async def decide(self, *events: Event[Any]) -> Sequence[Event[Any]]:
        """One batch, committed; what it announced."""

        async def act(tx: Transaction) -> tuple[Effects, Sequence[Event[Any]]]:
            effects = await self.handlers.decide_on_events(tx, events)
            return effects, effects.events

        return await self.infrastructure.unit_of_work.run(act)

    async def check_due_clocks(self) -> Sequence[Event[Any]]:
        """One tick, committed; what it announced."""

        async def act(tx: Transaction) -> tuple[Effects, Sequence[Event[Any]]]:
            effects = await self.schedule.check_due_clocks(tx)
            return effects, effects.events

        return await self.infrastructure.unit_of_work.run(act)

    async def processes(self, *ticket_ids: UUID) -> Processes:
        async with self.infrastructure.database.transaction() as tx:
            return await process_repository.load_many(tx, ticket_ids)
