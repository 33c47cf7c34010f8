"""The knowledge that replies are drafted from."""

from typing import ClassVar, Literal
from uuid import UUID

from deskstream_contracts.model import (
    Code,
    EventData,
    Identifier,
    Instant,
    Language,
    Line,
    Positive,
    ServiceName,
    Sha256,
    Tags,
    Text,
    Url,
)


class ArticlePublished(EventData):
    """A knowledge article has this text from now on. Subject: the article's id."""

    event_type: ClassVar[str] = "article.published"
    owner: ClassVar[ServiceName] = "ai"

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
    owner: ClassVar[ServiceName] = "ai"

    article_id: UUID
    version: Positive
    withdrawn_at: Instant
    reason: Code | None = None
    author_id: Identifier | None = None
