"""The work of understanding an imported message: what it was like, and no answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import structlog
from pydantic import BaseModel

from deskstream_ai.adapters.postgres import understandings
from deskstream_ai.adapters.postgres.reader import Reader
from deskstream_ai.adapters.postgres.understandings import Said
from deskstream_ai.domain.facts import Cause, fact, understood_of_the_past
from deskstream_ai.domain.model import Model
from deskstream_ai.domain.understanding import Understanding
from deskstream_contracts import Event, EventData
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, WorkKind

_log = structlog.get_logger()


class AnalyseMessage(BaseModel):
    """A customer's message of the past to be understood. Its text stays in its table."""

    kind: ClassVar[str] = "analyse"

    message_id: UUID
    occurred_at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class Analysed:
    """What came of it."""

    task: AnalyseMessage
    said: Understanding


class Analyser:
    """As `Understander`, in a pool of its own: customers who wait now do not wait for the past."""

    def __init__(self, model: Model, reader: Reader, clock: Clock) -> None:
        self._model = model
        self._reader = reader
        self._clock = clock

    def work(self, concurrency_max: int, timeout_s: float) -> WorkKind[Analysed | None]:
        """This work as the runtime's pool takes it."""
        return WorkKind(
            name=AnalyseMessage.kind,
            perform=self.perform,
            finish=self.finish,
            give_up=self.give_up,
            concurrency_max=concurrency_max,
            timeout_s=timeout_s,
        )

    async def perform(self, work: LeasedWork) -> Analysed | None:
        """Asks what the message means; none if that was done before."""
        task = AnalyseMessage.model_validate_json(work.payload)
        found = await self._reader.message(task.message_id)
        if found is None or found[1]:
            return None
        return Analysed(task, await self._model.understand(found[0]))

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[Analysed | None]]
    ) -> Effects:
        """Keeps what was said and tells it, as facts about the time of the message."""
        now = self._clock()
        results = [(one.work, one.result) for one in finished if one.result is not None]
        new = await understandings.put_understandings(
            tx, [Said(r.task.message_id, r.said.model_id, r.said.gist, now) for _, r in results]
        )
        events: list[Event[EventData]] = []
        for work, result in results:
            task = result.task
            if task.message_id in new:
                told = understood_of_the_past(task.message_id, result.said, task.occurred_at)
                events += [fact(task.cause, work.subject, data, now) for data in told]
        return Effects(events=events)

    async def give_up(self, _tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """No attempt succeeded: the message stays without a score, and nobody need act on it."""
        for one in given_up:
            _log.warning(
                "analyse.given_up",
                ticket_id=str(one.work.subject),
                attempts=one.work.attempt,
                error=type(one.error).__name__,
            )
        return NO_EFFECTS
