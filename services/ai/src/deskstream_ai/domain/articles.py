"""The life of a knowledge article: published, published again, withdrawn."""

import hashlib
import re
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from deskstream_contracts.events.article import ArticlePublished, ArticleWithdrawn

Audience = Literal["public", "internal"]

PASSAGE_MAX_CHARS = 700
_PARAGRAPHS = re.compile(r"\n\s*\n")
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Content:
    """What an article says. Only `public` articles are ever quoted to customers."""

    title: str
    body: str
    language: str | None = None
    audience: Audience = "public"
    tags: tuple[str, ...] = ()
    url: str | None = None

    @property
    def sha256(self) -> str:
        """Hash of title and body: what a draft that quotes it will name."""
        return hashlib.sha256(f"{self.title}\n{self.body}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it stands."""

    id: UUID
    version: int
    content: Content
    published_at: datetime
    author_id: str | None = None
    withdrawn_at: datetime | None = None


class StaleArticle(Exception):
    """The caller's version is not the article's any more."""

    def __init__(self, actual: int) -> None:
        super().__init__(f"the version is {actual}, which is not an expected one")
        self.actual = actual


def publish(
    article_id: UUID,
    before: Article | None,
    content: Content,
    *,
    author_id: str,
    now: datetime,
    expected: Container[int] | None = None,
) -> tuple[Article, ArticlePublished | None]:
    """The article with this content. Nothing happens if that is what it says already.

    Raises `StaleArticle` when its version is not among `expected`.
    """
    version = before.version if before else 0
    _check_version(expected, version)
    if before and before.withdrawn_at is None and before.content == content:
        return before, None
    after = Article(article_id, version + 1, content, now, author_id)
    return after, ArticlePublished(
        article_id=article_id,
        version=after.version,
        title=content.title,
        body=content.body,
        sha256=content.sha256,
        published_at=now,
        language=content.language,
        audience=content.audience,
        tags=content.tags,
        url=content.url,
        author_id=author_id,
    )


def withdraw(
    before: Article,
    *,
    author_id: str,
    now: datetime,
    reason: str | None = None,
    expected: Container[int] | None = None,
) -> tuple[Article, ArticleWithdrawn | None]:
    """The article taken back. Nothing happens if it was already. Raises `StaleArticle`."""
    _check_version(expected, before.version)
    if before.withdrawn_at is not None:
        return before, None
    after = Article(
        before.id, before.version + 1, before.content, before.published_at, author_id, now
    )
    return after, ArticleWithdrawn(
        article_id=before.id,
        version=after.version,
        withdrawn_at=now,
        reason=reason,
        author_id=author_id,
    )


def evolve(before: Article | None, fact: ArticlePublished | ArticleWithdrawn) -> Article | None:
    """The article after what was told of it. What a newer version has replaced changes nothing."""
    if before is not None and fact.version <= before.version:
        return before
    if isinstance(fact, ArticlePublished):
        content = Content(fact.title, fact.body, fact.language, fact.audience, fact.tags, fact.url)
        return Article(fact.article_id, fact.version, content, fact.published_at, fact.author_id)
    return before and replace(
        before, version=fact.version, author_id=fact.author_id, withdrawn_at=fact.withdrawn_at
    )


def _check_version(expected: Container[int] | None, actual: int) -> None:
    if expected is not None and actual not in expected:
        raise StaleArticle(actual)


def passages_of(body: str) -> tuple[str, ...]:
    """The body in quotable pieces: paragraphs, the long ones split between sentences.

    No piece is longer than `PASSAGE_MAX_CHARS`, and together they hold every word of the body.
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
