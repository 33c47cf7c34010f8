"""The work on a customer's imported message: its analysis, and no draft."""

from collections.abc import Sequence

import structlog

from deskstream_ai.adapters import analysis_repository
from deskstream_ai.adapters.analysis_repository import StoredAnalysis
from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.domain.analysis import MessageAnalysis
from deskstream_ai.domain.events import past_analysis_events
from deskstream_ai.domain.model import Model
from deskstream_ai.handlers.workers.payloads import AnalyzePastMessage, payload_of
from deskstream_contracts import Event, EventData, follow
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork

_log = structlog.get_logger()


class PastAnalysisWorker:
    """As `AnalysisWorker`, in a pool of its own: customers who wait do not wait for the past."""

    def __init__(self, model: Model, queries: BatchQueries, clock: Clock) -> None:
        self._model = model
        self._queries = queries
        self._clock = clock

    async def perform(self, work: LeasedWork) -> MessageAnalysis | None:
        """Asks the model for the analysis; None if the message was analyzed before."""
        found = await self._queries.message(payload_of(work, AnalyzePastMessage).message_id)
        if found is None or found.is_analyzed:
            return None
        return await self._model.analyze(found.message)

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[MessageAnalysis | None]]
    ) -> Effects:
        """Stores the analyses, and publishes those that are new as of the message's time."""
        now = self._clock()
        results = [
            (payload_of(one.work, AnalyzePastMessage), one.result)
            for one in finished
            if one.result is not None
        ]
        analyses = [
            StoredAnalysis(task.message_id, analysis.run, analysis.summary, now)
            for task, analysis in results
        ]
        new = await analysis_repository.save_analyses(tx, analyses)
        events: list[Event[EventData]] = []
        for task, analysis in results:
            if task.message_id in new:
                bodies = past_analysis_events(task.message_id, analysis, task.occurred_at)
                events += [follow(task.cause, body, time=now) for body in bodies]
        return Effects(events=events)

    async def give_up(self, _tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """Every attempt failed: the message stays without a score, and nobody needs to act."""
        for one in given_up:
            _log.warning(
                "past_analysis.given_up",
                ticket_id=str(one.work.subject),
                attempts=one.work.attempt,
                error=type(one.error).__name__,
            )
        return NO_EFFECTS
