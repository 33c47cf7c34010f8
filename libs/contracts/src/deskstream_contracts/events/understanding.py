"""What `ai` understood of a message, and the knowledge it answers from."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.ticket import Priority
from deskstream_contracts.model import (
    Code,
    Confidence,
    EventData,
    HistoricalData,
    Identifier,
    Instant,
    Language,
    Line,
    Part,
    PersonalLine,
    Positive,
    Service,
    Sha256,
    Tags,
    Text,
    Url,
)

SentimentLabel = Literal["very_negative", "negative", "neutral", "positive", "very_positive"]


class SentimentScored(HistoricalData):
    """How a customer's message sounds: `score` from -1 (very negative) to 1 (very positive).

    Of an imported message `occurred_at` is when it was written.
    """

    event_type: ClassVar[str] = "sentiment.scored"
    owner: ClassVar[Service] = "ai"

    message_id: UUID
    label: SentimentLabel
    score: Annotated[float, Field(ge=-1.0, le=1.0)]
    confidence: Confidence
    model: ModelRun
    occurred_at: Instant
    emotions: Tags = ()


class Entity(Part):
    """Something named in the message: an order number, an amount, a place."""

    kind: Code
    value: PersonalLine


class TicketTriaged(HistoricalData):
    """What a customer's message wants and how much it presses. A proposal: `ingest` applies it.

    Of an imported message `occurred_at` is when it was written. The reasons are personal: a model
    likes to quote the message.
    """

    event_type: ClassVar[str] = "ticket.triaged"
    owner: ClassVar[Service] = "ai"

    message_id: UUID
    intent: Code
    intent_confidence: Confidence
    priority: Priority
    priority_confidence: Confidence
    model: ModelRun
    occurred_at: Instant
    queue: Code | None = None
    language: Language | None = None
    tags: Tags = ()
    reasons: Annotated[tuple[PersonalLine, ...], Field(max_length=20)] = ()
    entities: Annotated[tuple[Entity, ...], Field(max_length=50)] = ()


class ArticlePublished(EventData):
    """A knowledge article has this text from now on. Subject: the article's id."""

    event_type: ClassVar[str] = "article.published"
    owner: ClassVar[Service] = "ai"

    article_id: UUID
    version: Positive
    title: Line
    body: Text
    sha256: Sha256
    published_at: Instant
    language: Language | None = None
    audience: Literal["public", "internal"] = "public"
    tags: Tags = ()
    url: Url | None = None
    author_id: Identifier | None = None


class ArticleWithdrawn(EventData):
    """A knowledge article must not be answered from any more. Subject: the article's id."""

    event_type: ClassVar[str] = "article.withdrawn"
    owner: ClassVar[Service] = "ai"

    article_id: UUID
    version: Positive
    withdrawn_at: Instant
    reason: Code | None = None
    author_id: Identifier | None = None
