"""The bodies of responses, and how results of commands are answered."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from deskstream_ai.api.requests import ArticleContent
from deskstream_ai.domain.articles import Article
from deskstream_ai.handlers.commands import PublishedArticle
from deskstream_contracts.events.model_run import ModelRun, Source
from deskstream_contracts.events.reply import ReplyDrafted
from deskstream_runtime.http.idempotency import CommandResponse


class ArticleView(ArticleContent):
    """An article at its latest version."""

    id: UUID
    version: int
    sha256: str
    published_at: datetime
    author_id: str | None = None
    withdrawn_at: datetime | None = None


class ArticlePage(BaseModel):
    """A page of articles. `next` is the `after` of the next page; absent on the last."""

    items: list[ArticleView]
    next: UUID | None = None


class DraftAnswer(BaseModel):
    """The draft. It is published as `reply.drafted` too, so it can be approved like any other."""

    draft_id: UUID
    ticket_id: UUID
    message_id: UUID
    body: str
    confidence: float
    sources: tuple[Source, ...]
    cautions: tuple[str, ...]
    model: ModelRun


def published_response(published: PublishedArticle) -> CommandResponse:
    """201 with an article that is new under its id, else 200."""
    response = article_response(published.article)
    if not published.created:
        return response
    location = {"Location": f"/v1/articles/{published.article.id}"}
    return CommandResponse(201, response.body, response.headers | location)


def article_response(article: Article) -> CommandResponse:
    return CommandResponse(200, article_view(article), {"ETag": etag(article)})


def draft_response(ticket_id: UUID, drafted: ReplyDrafted) -> CommandResponse:
    return CommandResponse(200, DraftAnswer(ticket_id=ticket_id, **dict(drafted)))


def article_view(article: Article) -> ArticleView:
    return ArticleView(
        **asdict(article.content),
        id=article.id,
        version=article.version,
        sha256=article.content.sha256,
        published_at=article.published_at,
        author_id=article.author_id,
        withdrawn_at=article.withdrawn_at,
    )


def etag(article: Article) -> str:
    """The entity tag of the article's version, for `If-Match`."""
    return f'"{article.version}"'
