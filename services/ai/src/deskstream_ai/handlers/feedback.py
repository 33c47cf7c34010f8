"""What people made of drafts, kept to learn from; and drafts that people ask for."""

from collections.abc import Sequence

from deskstream_ai.adapters import analysis_repository
from deskstream_ai.adapters.analysis_repository import DraftFeedback
from deskstream_ai.domain.events import Cause
from deskstream_ai.handlers.workers.draft_reply import DraftReply
from deskstream_contracts import Event, follow_id
from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected, ReplyRequested
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects, Work
from deskstream_runtime.postgres.connection import Transaction


class FeedbackHandlers:
    """Keeps verdicts on drafts, and turns each new request for a draft into work."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def reply_requested(
        self, tx: Transaction, events: Sequence[Event[ReplyRequested]]
    ) -> Effects:
        """A draft to be made, once for each request."""
        new = await analysis_repository.save_requests(tx, events)
        now = self._clock()
        return Effects(
            work=[
                Work(
                    id=follow_id(event.id, DraftReply.kind),
                    kind=DraftReply.kind,
                    subject=event.subject,
                    payload=DraftReply.of(event.data, Cause.of(event)),
                    due_at=now,
                )
                for event in events
                if event.data.request_id in new
            ]
        )

    async def reply_approved(
        self, tx: Transaction, events: Sequence[Event[ReplyApproved]]
    ) -> Effects:
        """A draft was good enough, perhaps after an edit. Replies by hand say nothing of drafts."""
        await analysis_repository.save_feedback(
            tx,
            [
                DraftFeedback(
                    event_id=event.id,
                    ticket_id=event.subject,
                    draft_id=event.data.draft_id,
                    verdict="edited" if event.data.edited else "approved",
                    reason=None,
                    comment=event.data.body if event.data.edited else None,
                    occurred_at=event.data.occurred_at,
                    revision=event.revision,
                )
                for event in events
                if event.data.draft_id is not None
            ],
        )
        return NO_EFFECTS

    async def reply_rejected(
        self, tx: Transaction, events: Sequence[Event[ReplyRejected]]
    ) -> Effects:
        """A draft was refused, and why."""
        await analysis_repository.save_feedback(
            tx,
            [
                DraftFeedback(
                    event_id=event.id,
                    ticket_id=event.subject,
                    draft_id=event.data.draft_id,
                    verdict="rejected",
                    reason=event.data.reason,
                    comment=event.data.feedback,
                    occurred_at=event.data.occurred_at,
                    revision=event.revision,
                )
                for event in events
            ],
        )
        return NO_EFFECTS
