"""The lifecycle of a knowledge article: published, published again, withdrawn."""

import hashlib
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from deskstream_contracts.events.article import ArticlePublished, ArticleWithdrawn

Audience = Literal["public", "internal"]
ArticleEvent: TypeAlias = ArticlePublished | ArticleWithdrawn

PASSAGE_MAX_CHARS = 700
_PARAGRAPHS = re.compile(r"\n\s*\n")
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class ArticleText:
    """The content of an article. Only `public` articles are ever quoted to customers."""

    title: str
    body: str
    language: str | None = None
    audience: Audience = "public"
    tags: tuple[str, ...] = ()
    url: str | None = None

    @property
    def sha256(self) -> str:
        """Hash of title and body, by which drafts name the version that they quote."""
        return hashlib.sha256(f"{self.title}\n{self.body}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """An article at its latest version."""

    id: UUID
    version: int
    content: ArticleText
    published_at: datetime
    author_id: str | None = None
    withdrawn_at: datetime | None = None


class ArticleUnknown(Exception):
    def __init__(self, article_id: UUID) -> None:
        super().__init__(f"There is no article {article_id}.")


def publish(
    article_id: UUID,
    before: Article | None,
    content: ArticleText,
    *,
    author_id: str,
    now: datetime,
) -> tuple[Article, ArticlePublished | None]:
    """The article with this content, and the event unless it has this content already."""
    if before and before.withdrawn_at is None and before.content == content:
        return before, None
    version = before.version + 1 if before else 1
    after = Article(article_id, version, content, now, author_id)
    return after, ArticlePublished(
        article_id=article_id,
        version=version,
        sha256=content.sha256,
        published_at=now,
        author_id=author_id,
        **asdict(content),
    )


def withdraw(
    before: Article,
    *,
    author_id: str,
    now: datetime,
    reason: str | None = None,
) -> tuple[Article, ArticleWithdrawn | None]:
    """The withdrawn article, and the event unless it was withdrawn before."""
    if before.withdrawn_at is not None:
        return before, None
    after = replace(before, version=before.version + 1, author_id=author_id, withdrawn_at=now)
    return after, ArticleWithdrawn(
        article_id=before.id,
        version=after.version,
        withdrawn_at=now,
        reason=reason,
        author_id=author_id,
    )


def evolve(before: Article | None, event: ArticleEvent) -> Article | None:
    """The article after an event. An event of a version that is known already changes nothing."""
    if before is not None and event.version <= before.version:
        return before
    match event:
        case ArticlePublished():
            content = ArticleText(
                event.title, event.body, event.language, event.audience, event.tags, event.url
            )
            return Article(
                event.article_id, event.version, content, event.published_at, event.author_id
            )
        case ArticleWithdrawn():
            return before and replace(
                before,
                version=event.version,
                author_id=event.author_id,
                withdrawn_at=event.withdrawn_at,
            )
        case _:
            assert_never(event)


def passages_of(body: str) -> tuple[str, ...]:
    """The body in quotable passages: paragraphs, the long ones split between sentences.

    None is longer than `PASSAGE_MAX_CHARS`, and together they hold every word of the body.
    """
    return tuple(
        piece
        for paragraph in _PARAGRAPHS.split(body)
        for piece in _pieces(" ".join(paragraph.split()))
    )


def _pieces(paragraph: str) -> list[str]:
    pieces: list[str] = []
    for sentence in _SENTENCES.split(paragraph):
        for start in range(0, len(sentence), PASSAGE_MAX_CHARS):
            part = sentence[start : start + PASSAGE_MAX_CHARS]
            if pieces and len(pieces[-1]) + 1 + len(part) <= PASSAGE_MAX_CHARS:
                pieces[-1] = f"{pieces[-1]} {part}"
            else:
                pieces.append(part)
    return pieces
