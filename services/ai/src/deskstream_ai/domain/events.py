"""The events that a model's output leads to."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from deskstream_ai.domain.analysis import MessageAnalysis
from deskstream_ai.domain.draft import Draft, NoDraft
from deskstream_contracts import Cause, Event, follow, follow_id
from deskstream_contracts.events.reply import ReplyDrafted, ReplyDraftFailed
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.ticket import TicketTriaged


def analysis_events(
    message_id: UUID, analysis: MessageAnalysis, now: datetime
) -> tuple[SentimentScored, TicketTriaged]:
    """The bodies of the events of an analyzed message: its sentiment and its triage."""
    sentiment, triage, run = asdict(analysis.sentiment), asdict(analysis.triage), analysis.run
    return (
        SentimentScored(message_id=message_id, model=run, occurred_at=now, **sentiment),
        TicketTriaged(message_id=message_id, model=run, occurred_at=now, **triage),
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
) -> Event[ReplyDrafted | ReplyDraftFailed]:
    if isinstance(answer, NoDraft):
        failed = ReplyDraftFailed(
            message_id=message_id,
            reason=answer.reason,
            attempts=attempts,
            occurred_at=now,
            request_id=request_id,
            detail=answer.detail,
            model=answer.run,
        )
        return follow(cause, failed, time=now)
    drafted = ReplyDrafted(
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
    return follow(cause, drafted, time=now)
