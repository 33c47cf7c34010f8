"""The bodies of the events that a model's output leads to."""

from datetime import datetime
from uuid import UUID

from deskstream_ai.domain.analysis import MessageAnalysis
from deskstream_ai.domain.draft import Draft, NoDraft
from deskstream_contracts import Cause, follow_id
from deskstream_contracts.events.reply import ReplyDrafted, ReplyDraftFailed
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.ticket import TicketTriaged


def analysis_events(
    message_id: UUID, analysis: MessageAnalysis, now: datetime
) -> tuple[SentimentScored, TicketTriaged]:
    """The events of an analyzed message: its sentiment and its triage."""
    sentiment, triage = analysis.sentiment, analysis.triage
    return (
        SentimentScored(
            message_id=message_id,
            label=sentiment.label,
            score=sentiment.score,
            confidence=sentiment.confidence,
            model=analysis.run,
            occurred_at=now,
        ),
        TicketTriaged(
            message_id=message_id,
            intent=triage.intent,
            intent_confidence=triage.intent_confidence,
            priority=triage.priority,
            priority_confidence=triage.priority_confidence,
            model=analysis.run,
            occurred_at=now,
            queue=triage.queue,
            language=triage.language,
            tags=triage.tags,
            reasons=triage.reasons,
            entities=triage.entities,
        ),
    )


def past_analysis_events(
    message_id: UUID, analysis: MessageAnalysis, written_at: datetime
) -> tuple[SentimentScored, TicketTriaged]:
    """The same for an imported message: they belong to the past, when it was written."""
    sentiment, triage = analysis_events(message_id, analysis, written_at)
    past = {"imported": True}
    return sentiment.model_copy(update=past), triage.model_copy(update=past)


def draft_event(
    cause: Cause,
    message_id: UUID,
    answer: Draft | NoDraft,
    now: datetime,
    *,
    attempts: int = 1,
    request_id: UUID | None = None,
) -> ReplyDrafted | ReplyDraftFailed:
    """The event of an attempt to draft a reply to a message."""
    if isinstance(answer, NoDraft):
        return ReplyDraftFailed(
            message_id=message_id,
            reason=answer.reason,
            attempts=attempts,
            occurred_at=now,
            request_id=request_id,
            detail=answer.detail,
            model=answer.run,
        )
    return ReplyDrafted(
        draft_id=follow_id(cause.id, "draft"),
        message_id=message_id,
        body=answer.body,
        confidence=answer.confidence,
        model=answer.run,
        occurred_at=now,
        request_id=request_id,
        language=answer.language,
        tone=answer.tone,
        sources=answer.sources,
        cautions=answer.cautions,
    )
