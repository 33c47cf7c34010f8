"""The work on a draft that a person requested."""

from collections.abc import Sequence
from dataclasses import dataclass

from deskstream_ai.domain.draft import DraftOptions, NoDraft
from deskstream_ai.domain.events import draft_event
from deskstream_ai.handlers.workers.drafter import Drafter, TicketDraft
from deskstream_ai.handlers.workers.payloads import DraftReply, payload_of
from deskstream_contracts import follow
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, RetryLater, WorkKind

_UNKNOWN_TICKET_RETRY_S = 2.0


@dataclass(frozen=True, slots=True)
class DraftedReply:
    """A request and the answer to the message it is about."""

    task: DraftReply
    draft: TicketDraft


class DraftWorker:
    """Answers each request with a draft, or with the reason why there is none."""

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
        """Asks the model. Raises `RetryLater` for a request that came before its ticket."""
        task = payload_of(work, DraftReply)
        options = DraftOptions(task.instructions, task.tone, task.language)
        draft = await self._drafter.draft_for_ticket(work.subject, task.message_id, options)
        if draft is None:
            raise RetryLater(_UNKNOWN_TICKET_RETRY_S, f"ticket {work.subject} is not known yet")
        return DraftedReply(task, draft)

    async def finish(self, _tx: Transaction, finished: Sequence[Finished[DraftedReply]]) -> Effects:
        """Publishes the answers."""
        now = self._clock()
        events = []
        for one in finished:
            task, draft = one.result.task, one.result.draft
            body = draft_event(
                task.cause,
                draft.message_id,
                draft.answer,
                now,
                attempts=one.work.attempt,
                request_id=task.request_id,
            )
            events.append(follow(task.cause, body, time=now))
        return Effects(events=events)

    async def give_up(self, _tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """Every attempt failed: a person must write the reply.

        Where no message is known, the event names the request's id in its place.
        """
        now = self._clock()
        events = []
        for one in given_up:
            task = payload_of(one.work, DraftReply)
            unknown = isinstance(one.error, RetryLater)
            failed = NoDraft(
                "unknown_ticket" if unknown else "model_failed",
                f"The last attempt ended with {type(one.error).__name__}.",
            )
            body = draft_event(
                task.cause,
                task.message_id or task.request_id,
                failed,
                now,
                attempts=one.work.attempt,
                request_id=task.request_id,
            )
            events.append(follow(task.cause, body, time=now))
        return Effects(events=events)
