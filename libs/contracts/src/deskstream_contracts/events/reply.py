"""The life of an answer: asked for, drafted, approved or rejected, delivered or not."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from deskstream_contracts.events.model_run import ModelRun, Source
from deskstream_contracts.events.ticket import Actor, Customer, ExternalReference
from deskstream_contracts.model import (
    Code,
    Confidence,
    Count,
    EventData,
    Identifier,
    Instant,
    Language,
    Line,
    PersonalLine,
    PersonalText,
    Positive,
    ServiceName,
)


class ReplyRequested(EventData):
    """Someone asked for a new draft, perhaps with instructions."""

    event_type: ClassVar[str] = "reply.requested"
    owner: ClassVar[ServiceName] = "ingest"

    request_id: UUID
    actor: Actor
    occurred_at: Instant
    message_id: UUID | None = None
    instructions: PersonalText | None = None
    tone: Code | None = None
    language: Language | None = None


class ReplyDrafted(EventData):
    """A model proposed an answer. A fact: replays read it and never call the model again."""

    event_type: ClassVar[str] = "reply.drafted"
    owner: ClassVar[ServiceName] = "ai"

    draft_id: UUID
    message_id: UUID
    body: PersonalText
    confidence: Confidence
    model: ModelRun
    occurred_at: Instant
    request_id: UUID | None = None
    language: Language | None = None
    tone: Code | None = None
    sources: Annotated[tuple[Source, ...], Field(max_length=50)] = ()
    cautions: Annotated[tuple[Code, ...], Field(max_length=20)] = ()


class ReplyDraftFailed(EventData):
    """No draft could be made; a human must write. `reason` says why in one word."""

    event_type: ClassVar[str] = "reply.draft_failed"
    owner: ClassVar[ServiceName] = "ai"

    message_id: UUID
    reason: Code
    attempts: Positive
    occurred_at: Instant
    request_id: UUID | None = None
    detail: Line | None = None
    model: ModelRun | None = None


class ReplyAutoApproved(EventData):
    """A rule let a draft go out without a human."""

    event_type: ClassVar[str] = "reply.auto_approved"
    owner: ClassVar[ServiceName] = "escalation"

    draft_id: UUID
    rule: Code
    rules_version: Identifier
    confidence: Confidence
    occurred_at: Instant


class ReplyApproved(EventData):
    """A text goes to the customer. Holds all that is needed to deliver it."""

    event_type: ClassVar[str] = "reply.approved"
    owner: ClassVar[ServiceName] = "ingest"

    message_id: UUID
    subject: PersonalLine
    body: PersonalText
    customer: Customer
    channel: Code
    actor: Actor
    occurred_at: Instant
    draft_id: UUID | None = None
    edited: bool = False
    auto: bool = False
    language: Language | None = None
    in_reply_to: UUID | None = None
    external: ExternalReference | None = None


class ReplyRejected(EventData):
    """A draft was refused and will never be sent."""

    event_type: ClassVar[str] = "reply.rejected"
    owner: ClassVar[ServiceName] = "ingest"

    draft_id: UUID
    actor: Actor
    reason: Code
    occurred_at: Instant
    feedback: PersonalText | None = None


class ReplyDelivered(EventData):
    """The provider took the reply for the customer."""

    event_type: ClassVar[str] = "reply.delivered"
    owner: ClassVar[ServiceName] = "notify"

    message_id: UUID
    notification_id: UUID
    channel: Code
    provider: Code
    delivered_at: Instant
    draft_id: UUID | None = None
    provider_message_id: Identifier | None = None


class ReplyUndeliverable(EventData):
    """The reply did not and will not reach the customer by itself; a human must act.

    The detail is personal: providers like to quote the address they refused.
    """

    event_type: ClassVar[str] = "reply.undeliverable"
    owner: ClassVar[ServiceName] = "notify"

    message_id: UUID
    notification_id: UUID
    channel: Code
    reason: Code
    attempts: Count
    occurred_at: Instant
    draft_id: UUID | None = None
    detail: PersonalLine | None = None
