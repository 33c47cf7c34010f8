"""The work of drafting an answer that a person asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from deskstream_ai.domain.analysis import NoDraft
from deskstream_ai.domain.events import Cause, answered, fact
from deskstream_ai.domain.message import DraftOptions
from deskstream_ai.handlers.workers.drafter import Drafted, Drafter
from deskstream_contracts.events.reply import ReplyRequested
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, RetryLater, WorkKind

_UNKNOWN_TICKET_RETRY_S = 2.0


class DraftReply(BaseModel):
    """A draft to be made for a ticket, for one of its messages or the customer's last."""

    kind: ClassVar[str] = "draft"

    request_id: UUID
    cause: Cause
    message_id: UUID | None = None
    instructions: str | None = None
    tone: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, asked: ReplyRequested, cause: Cause) -> "DraftReply":
        """The work that a request asks for."""
        return cls(
            request_id=asked.request_id,
            cause=cause,
            message_id=asked.message_id,
            instructions=asked.instructions,
            tone=asked.tone,
            language=asked.language,
        )


@dataclass(frozen=True, slots=True)
class DraftedReply:
    """What came of it."""

    task: DraftReply
    drafted: Drafted


class DraftWorker:
    """Asks for the draft, outside any transaction; then tells what came of it."""

    def __init__(self, drafter: Drafter, clock: Clock) -> None:
        self._drafter = drafter
        self._clock = clock

    def work(self, concurrency_max: int, timeout_s: float) -> WorkKind[DraftedReply]:
        """This work as the runtime's pool takes it."""
        return WorkKind(
            name=DraftReply.kind,
            perform=self.perform,
            finish=self.finish,
            give_up=self.give_up,
            concurrency_max=concurrency_max,
            timeout_s=timeout_s,
        )

    async def perform(self, work: LeasedWork) -> DraftedReply:
        """Asks the model. A request may come before its ticket: then it waits."""
        task = DraftReply.model_validate_json(work.payload)
        options = DraftOptions(task.instructions, task.tone, task.language)
        drafted = await self._drafter.draft(work.subject, task.message_id, options)
        if drafted is None:
            raise RetryLater(_UNKNOWN_TICKET_RETRY_S, f"ticket {work.subject} is not known yet")
        return DraftedReply(task, drafted)

    async def finish(self, _tx: Transaction, finished: Sequence[Finished[DraftedReply]]) -> Effects:
        """Tells the draft, or why there is none."""
        now = self._clock()
        events = []
        for one in finished:
            task, drafted = one.result.task, one.result.drafted
            data = answered(
                task.cause,
                drafted.message_id,
                drafted.answer,
                now,
                attempts=one.work.attempt,
                request_id=task.request_id,
            )
            events.append(fact(task.cause, one.work.subject, data, now))
        return Effects(events=events)

    async def give_up(self, _tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """No attempt succeeded: a human must write.

        Where no message is known, the request's id stands for it.
        """
        now = self._clock()
        events = []
        for one in given_up:
            task = DraftReply.model_validate_json(one.work.payload)
            unknown = isinstance(one.error, RetryLater)
            failed = NoDraft(
                "unknown_ticket" if unknown else "model_failed",
                f"The last attempt ended with {type(one.error).__name__}.",
            )
            data = answered(
                task.cause,
                task.message_id or task.request_id,
                failed,
                now,
                attempts=one.work.attempt,
                request_id=task.request_id,
            )
            events.append(fact(task.cause, one.work.subject, data, now))
        return Effects(events=events)
