"""The work on a customer's new message: its analysis and a draft."""

from collections.abc import Sequence
from dataclasses import dataclass

from deskstream_ai.adapters import analysis_repository
from deskstream_ai.adapters.analysis_repository import StoredAnalysis
from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.domain.analysis import MessageAnalysis
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.events import analysis_events, draft_event
from deskstream_ai.domain.model import Model
from deskstream_ai.handlers.workers.drafter import Drafter
from deskstream_ai.handlers.workers.payloads import AnalyzeMessage, payload_of
from deskstream_contracts import Event, EventData, follow
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork


@dataclass(frozen=True, slots=True)
class AnalyzedMessage:
    """A message's analysis and the answer to it."""

    task: AnalyzeMessage
    analysis: MessageAnalysis
    answer: Draft | NoDraft


class AnalysisWorker:
    """Analyzes and answers each message once."""

    def __init__(self, model: Model, queries: BatchQueries, drafter: Drafter, clock: Clock) -> None:
        self._model = model
        self._queries = queries
        self._drafter = drafter
        self._clock = clock

    async def perform(self, work: LeasedWork) -> AnalyzedMessage | None:
        """Asks the model for both; None if the message was analyzed before."""
        task = payload_of(work, AnalyzeMessage)
        found = await self._queries.message(task.message_id)
        if found is None or found.is_analyzed:
            return None
        analysis = await self._model.analyze(found.message)
        answer = await self._drafter.draft(found.message, analysis.summary, DraftOptions())
        return AnalyzedMessage(task, analysis, answer)

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[AnalyzedMessage | None]]
    ) -> Effects:
        """Stores the analyses, and publishes those that are new with their answers."""
        now = self._clock()
        results = [(one.work, one.result) for one in finished if one.result is not None]
        analyses = [
            StoredAnalysis(one.task.message_id, one.analysis.run, one.analysis.summary, now)
            for _, one in results
        ]
        new = await analysis_repository.save_analyses(tx, analyses)
        events: list[Event[EventData]] = []
        for work, result in results:
            cause, message_id = result.task.cause, result.task.message_id
            if message_id in new:
                bodies = analysis_events(message_id, result.analysis, now)
                events += [follow(cause, body, time=now) for body in bodies]
                answer = result.answer
                events.append(draft_event(cause, message_id, answer, now, attempts=work.attempt))
        return Effects(events=events)

    async def give_up(self, _tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """Every attempt failed: a person must read the message."""
        now = self._clock()
        events = []
        for one in given_up:
            task = payload_of(one.work, AnalyzeMessage)
            why = f"The last attempt ended with {type(one.error).__name__}."
            failed, attempts = NoDraft("model_failed", why), one.work.attempt
            events.append(draft_event(task.cause, task.message_id, failed, now, attempts=attempts))
        return Effects(events=events)
