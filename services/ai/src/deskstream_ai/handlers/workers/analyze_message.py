"""The work of understanding a customer's message and proposing an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from deskstream_ai.adapters import analysis_repository
from deskstream_ai.adapters.analysis_repository import StoredAnalysis
from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.domain.analysis import Draft, MessageAnalysis, NoDraft, cautious
from deskstream_ai.domain.events import Cause, answered, fact, understood
from deskstream_ai.domain.message import DraftOptions
from deskstream_ai.domain.model import Model
from deskstream_contracts import Event, EventData
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, WorkKind


class AnalyzeMessage(BaseModel):
    """A customer's message to be understood. Its text stays in its table."""

    kind: ClassVar[str] = "understand"

    message_id: UUID
    cause: Cause


@dataclass(frozen=True, slots=True)
class AnalyzedMessage:
    """What came of it."""

    task: AnalyzeMessage
    said: MessageAnalysis
    answer: Draft | NoDraft


class AnalysisWorker:
    """Asks the model, outside any transaction; then tells what it said, once for each message."""

    def __init__(
        self, model: Model, queries: BatchQueries, clock: Clock, confidence_low: float
    ) -> None:
        self._model = model
        self._queries = queries
        self._clock = clock
        self._confidence_low = confidence_low

    def work(self, concurrency_max: int, timeout_s: float) -> WorkKind[AnalyzedMessage | None]:
        """This work as the runtime's pool takes it."""
        return WorkKind(
            name=AnalyzeMessage.kind,
            perform=self.perform,
            finish=self.finish,
            give_up=self.give_up,
            concurrency_max=concurrency_max,
            timeout_s=timeout_s,
        )

    async def perform(self, work: LeasedWork) -> AnalyzedMessage | None:
        """Asks what the message means and what to answer; none if that was done before."""
        task = AnalyzeMessage.model_validate_json(work.payload)
        found = await self._queries.message(task.message_id)
        if found is None or found[1]:
            return None
        message = found[0]
        said = await self._model.analyze(message)
        passages = await self._queries.passages(message, said.summary)
        answer = await self._model.draft(message, said.summary, DraftOptions(), passages)
        if isinstance(answer, Draft):
            answer = cautious(answer, said.summary, self._confidence_low)
        return AnalyzedMessage(task, said, answer)

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[AnalyzedMessage | None]]
    ) -> Effects:
        """Keeps what was said and tells it."""
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
                told = understood(task.message_id, result.said, now)
                reply = answered(
                    task.cause, task.message_id, result.answer, now, attempts=work.attempt
                )
                events += [fact(task.cause, work.subject, data, now) for data in (*told, reply)]
        return Effects(events=events)

    async def give_up(self, _tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """No attempt succeeded: a human must read the message."""
        now = self._clock()
        events = []
        for one in given_up:
            task = AnalyzeMessage.model_validate_json(one.work.payload)
            why = f"The last attempt ended with {type(one.error).__name__}."
            failed = NoDraft("model_failed", why)
            data = answered(task.cause, task.message_id, failed, now, attempts=one.work.attempt)
            events.append(fact(task.cause, one.work.subject, data, now))
        return Effects(events=events)
