"""Knowledge articles over HTTP: publish, change, withdraw, read."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from deskstream_ai.adapters import article_repository
from deskstream_ai.api.article_commands import ArticleCommands, ArticleContent, ArticleView
from deskstream_contracts.model import Code
from deskstream_runtime.clock import Clock
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.commands import Command, CommandContext, Commands
from deskstream_runtime.http.idempotency import IdempotencyKey
from deskstream_runtime.http.preconditions import IfMatch
from deskstream_runtime.http.problems import not_found
from deskstream_runtime.http.responses import ETAG, LOCATION, headers, problems
from deskstream_runtime.ids import new_id
from deskstream_runtime.postgres.database import Database

Writer = Annotated[Principal, Depends(Permission("articles:write"))]
Reader = Annotated[Principal, Depends(Permission("tickets:read"))]
Limit = Annotated[int, Query(ge=1, le=200)]
SearchText = Annotated[str | None, Query(min_length=2, max_length=200)]


class ArticlePage(BaseModel):
    """A page of articles. `next` is the `after` of the next page; absent on the last."""

    items: list[ArticleView]
    next: UUID | None = None


def create_articles_router(commands: Commands, database: Database, clock: Clock) -> APIRouter:
    """The routes under /v1/articles."""
    router = APIRouter(prefix="/v1/articles", tags=["articles"])
    article_commands = ArticleCommands(clock)

    @router.post(
        "", status_code=201, response_model=ArticleView, responses=headers(201, ETAG, LOCATION)
    )
    async def publish_article(
        request: Request, principal: Writer, content: ArticleContent, key: IdempotencyKey = None
    ) -> Response:
        """Publishes a new article."""
        act = partial(
            article_commands.publish,
            article_id=new_id(),
            content=content,
            author_id=principal.id,
            expected=None,
        )
        return await commands.run(
            Command(CommandContext(request, principal, key), act, lambda answer: answer)
        )

    @router.put(
        "/{article_id}",
        response_model=ArticleView,
        responses={
            201: {"model": ArticleView, "description": "There was none under this id."}
            | headers(201, LOCATION)[201]
        },
    )
    async def put_article(
        request: Request,
        principal: Writer,
        article_id: UUID,
        content: ArticleContent,
        expected: IfMatch,
    ) -> Response:
        """Publishes a new version, or the first one under an id of the caller's choice (201)."""
        act = partial(
            article_commands.publish,
            article_id=article_id,
            content=content,
            author_id=principal.id,
            expected=expected,
        )
        return await commands.run(
            Command(CommandContext(request, principal, None), act, lambda answer: answer)
        )

    @router.delete("/{article_id}", response_model=ArticleView, responses=problems(404))
    async def withdraw_article(
        request: Request,
        principal: Writer,
        article_id: UUID,
        expected: IfMatch,
        reason: Annotated[Code | None, Query()] = None,
    ) -> Response:
        """Takes an article back: no draft quotes it from now on. Doing it twice does it once."""
        act = partial(
            article_commands.withdraw,
            article_id=article_id,
            reason=reason,
            author_id=principal.id,
            expected=expected,
        )
        return await commands.run(
            Command(CommandContext(request, principal, None), act, lambda answer: answer)
        )

    @router.get("/{article_id}", responses=problems(404) | headers(200, ETAG))
    async def get_article(response: Response, _principal: Reader, article_id: UUID) -> ArticleView:
        """One article, withdrawn or not."""
        async with database.connection() as connection:
            article = await article_repository.get(connection, article_id)
        if article is None:
            raise not_found("article", article_id)
        response.headers["ETag"] = f'"{article.version}"'
        return ArticleView.of(article)

    @router.get("")
    async def list_articles(
        _principal: Reader,
        q: SearchText = None,
        after: UUID | None = None,
        withdrawn: bool = False,
        limit: Limit = 50,
    ) -> ArticlePage:
        """Articles in the order of their ids; with `q` those that fit best, on one page."""
        async with database.connection() as connection:
            if q is not None:
                found = await article_repository.find(connection, q, limit)
                return ArticlePage(items=[ArticleView.of(one) for one in found])
            page = await article_repository.page(
                connection, after=after, withdrawn=withdrawn, limit=limit + 1
            )
        following = page[limit - 1].id if len(page) > limit else None
        return ArticlePage(items=[ArticleView.of(one) for one in page[:limit]], next=following)

    return router
