"""The work of understanding a customer's message and proposing an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from deskstream_ai.adapters.postgres import understandings
from deskstream_ai.adapters.postgres.reader import Reader
from deskstream_ai.adapters.postgres.understandings import Said
from deskstream_ai.domain.facts import Cause, answered, fact, understood
from deskstream_ai.domain.message import DraftWish
from deskstream_ai.domain.model import Model
from deskstream_ai.domain.understanding import Draft, NoDraft, Understanding, cautious
from deskstream_contracts import Event, EventData
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, WorkKind


class UnderstandMessage(BaseModel):
    """A customer's message to be understood. Its text stays in its table."""

    kind: ClassVar[str] = "understand"

    message_id: UUID
    cause: Cause


@dataclass(frozen=True, slots=True)
class Understood:
    """What came of it."""

    task: UnderstandMessage
    said: Understanding
    answer: Draft | NoDraft


class Understander:
    """Asks the model, outside any transaction; then tells what it said, once for each message."""

    def __init__(self, model: Model, reader: Reader, clock: Clock, confidence_low: float) -> None:
        self._model = model
        self._reader = reader
        self._clock = clock
        self._confidence_low = confidence_low

    def work(self, concurrency_max: int, timeout_s: float) -> WorkKind[Understood | None]:
        """This work as the runtime's pool takes it."""
        return WorkKind(
            name=UnderstandMessage.kind,
            perform=self.perform,
            finish=self.finish,
            give_up=self.give_up,
            concurrency_max=concurrency_max,
            timeout_s=timeout_s,
        )

    async def perform(self, work: LeasedWork) -> Understood | None:
        """Asks what the message means and what to answer; none if that was done before."""
        task = UnderstandMessage.model_validate_json(work.payload)
        found = await self._reader.message(task.message_id)
        if found is None or found[1]:
            return None
        message = found[0]
        said = await self._model.understand(message)
        passages = await self._reader.passages(message, said.gist)
        answer = await self._model.draft(message, said.gist, DraftWish(), passages)
        if isinstance(answer, Draft):
            answer = cautious(answer, said.gist, self._confidence_low)
        return Understood(task, said, answer)

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[Understood | None]]
    ) -> Effects:
        """Keeps what was said and tells it."""
        now = self._clock()
        results = [(one.work, one.result) for one in finished if one.result is not None]
        new = await understandings.put_understandings(
            tx, [Said(r.task.message_id, r.said.model_id, r.said.gist, now) for _, r in results]
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
            task = UnderstandMessage.model_validate_json(one.work.payload)
            why = f"The last attempt ended with {type(one.error).__name__}."
            failed = NoDraft("model_failed", why)
            data = answered(task.cause, task.message_id, failed, now, attempts=one.work.attempt)
            events.append(fact(task.cause, one.work.subject, data, now))
        return Effects(events=events)
