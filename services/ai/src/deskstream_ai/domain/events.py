"""From what a model said to the facts the service tells."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from deskstream_ai.domain.analysis import Draft, MessageAnalysis, NoDraft
from deskstream_contracts import Event, EventData, follow_id
from deskstream_contracts.events.reply import ReplyDrafted, ReplyDraftFailed
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.ticket import TicketTriaged

D = TypeVar("D", bound=EventData)


class Cause(BaseModel):
    """The event or request something follows from, as far as what follows must know it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    correlation_id: UUID
    traceparent: str | None = None

    @classmethod
    def of(cls, event: Event[EventData]) -> "Cause":
        """The cause that an event is."""
        return cls(
            id=event.id,
            correlation_id=event.correlation_id or event.id,
            traceparent=event.traceparent,
        )


def fact(cause: Cause, ticket_id: UUID, data: D, now: datetime) -> Event[D]:
    """A fact about a ticket. Its id follows from the cause, so a retry tells the same fact."""
    return Event(
        id=follow_id(cause.id, data.event_type),
        subject=ticket_id,
        time=now,
        data=data,
        correlation_id=cause.correlation_id,
        causation_id=cause.id,
        traceparent=cause.traceparent,
    )


def understood(
    message_id: UUID, said: MessageAnalysis, now: datetime
) -> tuple[SentimentScored, TicketTriaged]:
    """What to tell of an understood message: how it sounds, and what it wants."""
    sentiment, triage = said.sentiment, said.triage
    return (
        SentimentScored(
            message_id=message_id,
            label=sentiment.label,
            score=sentiment.score,
            confidence=sentiment.confidence,
            model=said.run,
            occurred_at=now,
        ),
        TicketTriaged(
            message_id=message_id,
            intent=triage.intent,
            intent_confidence=triage.intent_confidence,
            priority=triage.priority,
            priority_confidence=triage.priority_confidence,
            model=said.run,
            occurred_at=now,
            queue=triage.queue,
            language=triage.language,
            tags=triage.tags,
            reasons=triage.reasons,
            entities=triage.entities,
        ),
    )


def past_analysis_events(
    message_id: UUID, said: MessageAnalysis, written_at: datetime
) -> tuple[SentimentScored, TicketTriaged]:
    """The same of an imported message: part of the past, at the time it was written."""
    sentiment, triage = understood(message_id, said, written_at)
    past = {"imported": True}
    return sentiment.model_copy(update=past), triage.model_copy(update=past)


def answered(
    cause: Cause,
    message_id: UUID,
    answer: Draft | NoDraft,
    now: datetime,
    *,
    attempts: int = 1,
    request_id: UUID | None = None,
) -> ReplyDrafted | ReplyDraftFailed:
    """What to tell of an attempt to answer a message."""
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
