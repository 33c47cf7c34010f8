"""The work of understanding an imported message: what it was like, and no answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import structlog
from pydantic import BaseModel

from deskstream_ai.adapters import analysis_repository
from deskstream_ai.adapters.analysis_repository import StoredAnalysis
from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.domain.analysis import MessageAnalysis
from deskstream_ai.domain.events import Cause, fact, past_analysis_events
from deskstream_ai.domain.model import Model
from deskstream_contracts import Event, EventData
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, WorkKind

_log = structlog.get_logger()


class AnalyzePastMessage(BaseModel):
    """A customer's message of the past to be understood. Its text stays in its table."""

    kind: ClassVar[str] = "analyse"

    message_id: UUID
    occurred_at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class AnalyzedPastMessage:
    """What came of it."""

    task: AnalyzePastMessage
    said: MessageAnalysis


class PastAnalysisWorker:
    """As `AnalysisWorker`, in a pool of its own: customers who wait do not wait for the past."""

    def __init__(self, model: Model, queries: BatchQueries, clock: Clock) -> None:
        self._model = model
        self._queries = queries
        self._clock = clock

    def work(self, concurrency_max: int, timeout_s: float) -> WorkKind[AnalyzedPastMessage | None]:
        """This work as the runtime's pool takes it."""
        return WorkKind(
            name=AnalyzePastMessage.kind,
            perform=self.perform,
            finish=self.finish,
            give_up=self.give_up,
            concurrency_max=concurrency_max,
            timeout_s=timeout_s,
        )

    async def perform(self, work: LeasedWork) -> AnalyzedPastMessage | None:
        """Asks what the message means; none if that was done before."""
        task = AnalyzePastMessage.model_validate_json(work.payload)
        found = await self._queries.message(task.message_id)
        if found is None or found[1]:
            return None
        return AnalyzedPastMessage(task, await self._model.analyze(found[0]))

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[AnalyzedPastMessage | None]]
    ) -> Effects:
        """Keeps what was said and tells it, as facts about the time of the message."""
        now = self._clock()
        results = [(one.work, one.result) for one in finished if one.result is not None]
        new = await analysis_repository.save_analyses(
            tx,
            [
                StoredAnalysis(r.task.message_id, r.said.model_id, r.said.summary, now)
                for _, r in results
            ],
        )
        events: list[Event[EventData]] = []
        for work, result in results:
            task = result.task
            if task.message_id in new:
                told = past_analysis_events(task.message_id, result.said, task.occurred_at)
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
