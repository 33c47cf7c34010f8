"""The commands on knowledge articles: load, decide, store, tell."""

from collections.abc import Container
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from deskstream_ai.adapters import article_repository
from deskstream_ai.domain.articles import (
    Article,
    Audience,
    Content,
    StaleArticle,
    publish,
    withdraw,
)
from deskstream_contracts import Event, follow_id
from deskstream_contracts.events.article import ArticlePublished, ArticleWithdrawn
from deskstream_contracts.model import LanguageTag, Tags, Url
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.http.idempotency import CommandResponse
from deskstream_runtime.http.problems import not_found, stale_version
from deskstream_runtime.observability.telemetry import current_traceparent
from deskstream_runtime.postgres.connection import Transaction

# Neither Postgres nor the contracts take a NUL character in a text.
_NO_NUL = r"^[^\x00]*$"


class ArticleContent(BaseModel):
    """What an article says. Public ones may be quoted to customers; tags may name intents."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[
        str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True, pattern=_NO_NUL)
    ]
    body: Annotated[
        str,
        StringConstraints(min_length=1, max_length=65_536, strip_whitespace=True, pattern=_NO_NUL),
    ]
    language: LanguageTag | None = None
    audience: Audience = "public"
    tags: Tags = ()
    url: Url | None = None

    def content(self) -> Content:
        """The same for the domain."""
        return Content(**self.model_dump())


class ArticleView(ArticleContent):
    """An article as it stands."""

    id: UUID
    version: int
    sha256: str
    published_at: datetime
    author_id: str | None = None
    withdrawn_at: datetime | None = None

    @classmethod
    def of(cls, article: Article) -> "ArticleView":
        """The view of an article."""
        content = article.content
        return cls(
            id=article.id,
            version=article.version,
            title=content.title,
            body=content.body,
            language=content.language,
            audience=content.audience,
            tags=content.tags,
            url=content.url,
            sha256=content.sha256,
            published_at=article.published_at,
            author_id=article.author_id,
            withdrawn_at=article.withdrawn_at,
        )


class ArticleCommands:
    """Publishes and withdraws, inside the transaction it is given. Raises `Problem`s."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def publish(
        self,
        tx: Transaction,
        article_id: UUID,
        content: ArticleContent,
        *,
        author_id: str,
        expected: Container[int] | None,
    ) -> tuple[Effects, CommandResponse]:
        """The article with this content, from now on: 201 where there was none."""
        before = await article_repository.lock(tx, article_id)
        try:
            after, data = publish(
                article_id,
                before,
                content.content(),
                author_id=author_id,
                now=self._clock(),
                expected=expected,
            )
        except StaleArticle as error:
            raise stale_version(error.actual) from None
        return await self._stored(tx, after, data, 200 if before else 201)

    async def withdraw(
        self,
        tx: Transaction,
        article_id: UUID,
        *,
        reason: str | None,
        author_id: str,
        expected: Container[int] | None,
    ) -> tuple[Effects, CommandResponse]:
        """No draft quotes the article from now on."""
        before = await article_repository.lock(tx, article_id)
        if before is None:
            raise not_found("article", article_id)
        try:
            after, data = withdraw(
                before,
                author_id=author_id,
                now=self._clock(),
                reason=reason,
                expected=expected,
            )
        except StaleArticle as error:
            raise stale_version(error.actual) from None
        return await self._stored(tx, after, data, 200)

    async def _stored(
        self,
        tx: Transaction,
        article: Article,
        data: ArticlePublished | ArticleWithdrawn | None,
        status: int,
    ) -> tuple[Effects, CommandResponse]:
        headers = {"ETag": f'"{article.version}"'}
        if status == 201:
            headers["Location"] = f"/v1/articles/{article.id}"
        answer = CommandResponse(status, ArticleView.of(article), headers)
        if data is None:
            return NO_EFFECTS, answer
        await article_repository.put(tx, article)
        event = Event(
            id=follow_id(article.id, data.event_type, article.version),
            subject=article.id,
            time=self._clock(),
            data=data,
            traceparent=current_traceparent(),
        )
        return Effects(events=[event]), answer
