"""The work on a draft that a person requested."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.events import draft_event
from deskstream_ai.handlers.workers.drafter import Drafter, TicketDraft
from deskstream_ai.handlers.workers.payloads import DraftReply, payload_of
from deskstream_contracts import Event
from deskstream_contracts.events.reply import ReplyDrafted, ReplyDraftFailed
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, RetryLater

_UNKNOWN_TICKET_RETRY_S = 2.0


class DraftWorker:
    """Answers each request with a draft, or with the reason why there is none."""

    def __init__(self, drafter: Drafter, clock: Clock) -> None:
        self._drafter = drafter
        self._clock = clock

    async def perform(self, work: LeasedWork) -> TicketDraft:
        """Asks the model. Raises `RetryLater` for a request that came before its ticket."""
        task = payload_of(work, DraftReply)
        options = DraftOptions(task.instructions, task.tone, task.language)
        draft = await self._drafter.draft_for_ticket(work.subject, task.message_id, options)
        if draft is None:
            raise RetryLater(_UNKNOWN_TICKET_RETRY_S, f"ticket {work.subject} is not known yet")
        return draft

    async def finish(self, _tx: Transaction, finished: Sequence[Finished[TicketDraft]]) -> Effects:
        now = self._clock()
        return Effects(
            [_event(one.work, one.result.message_id, one.result.answer, now) for one in finished]
        )

    async def give_up(self, _tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """Every attempt failed: a person must write the reply."""
        now = self._clock()
        events = []
        for one in given_up:
            reason = "unknown_ticket" if isinstance(one.error, RetryLater) else "model_failed"
            failed = NoDraft(reason, f"The last attempt ended with {type(one.error).__name__}.")
            events.append(_event(one.work, None, failed, now))
        return Effects(events=events)


def _event(
    work: LeasedWork, message_id: UUID | None, answer: Draft | NoDraft, now: datetime
) -> Event[ReplyDrafted | ReplyDraftFailed]:
    """The event of an attempt. It names the request's id where no message is known."""
    task = payload_of(work, DraftReply)
    return draft_event(
        task.cause,
        message_id or task.message_id or task.request_id,
        answer,
        now,
        attempts=work.attempt,
        request_id=task.request_id,
    )
