"""The routes of knowledge articles and of drafts on demand."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from deskstream_ai.adapters import article_queries
from deskstream_ai.api.refusals import no_draft
from deskstream_ai.api.requests import ArticleContent, DraftRequest
from deskstream_ai.api.responses import (
    ArticlePage,
    ArticleView,
    DraftAnswer,
    article_response,
    article_view,
    draft_response,
    etag,
    published_response,
)
from deskstream_ai.domain.articles import Article, ArticleText, ArticleUnknown
from deskstream_ai.domain.draft import DraftOptions, NoDraft
from deskstream_ai.handlers.commands import CommandHandlers, PublishedArticle
from deskstream_ai.handlers.workers.drafter import Drafter
from deskstream_contracts.model import Code
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.commands import (
    Command,
    CommandContext,
    Commands,
    creation,
    replacement,
)
from deskstream_runtime.http.problems import not_found
from deskstream_runtime.http.responses import ETAG, LOCATION, headers, problems
from deskstream_runtime.ids import new_id
from deskstream_runtime.postgres.database import Database

Creation = Annotated[CommandContext, Depends(creation("articles:write"))]
Replacement = Annotated[CommandContext, Depends(replacement("articles:write"))]
Drafting = Annotated[CommandContext, Depends(creation("ai:use"))]
Reader = Annotated[Principal, Depends(Permission("tickets:read"))]
Limit = Annotated[int, Query(ge=1, le=200)]
SearchText = Annotated[str | None, Query(min_length=2, max_length=200)]


def articles_router(commands: Commands, handlers: CommandHandlers, database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/articles", tags=["articles"])
    route = commands.route

    @route(router, "POST", "", ArticleView, status=201, responses=headers(201, ETAG, LOCATION))
    def publish_article(context: Creation, content: ArticleContent) -> Command[PublishedArticle]:
        """Publishes a new article."""
        return publication(context, new_id(), content)

    @route(
        router,
        "PUT",
        "/{article_id}",
        ArticleView,
        responses={
            201: {"model": ArticleView, "description": "There was no article under this id."}
            | headers(201, LOCATION)[201]
        },
    )
    def put_article(
        context: Replacement, article_id: UUID, content: ArticleContent
    ) -> Command[PublishedArticle]:
        """Publishes a new version, or the first one under an id that the caller chooses (201)."""
        return publication(context, article_id, content)

    @route(router, "DELETE", "/{article_id}", ArticleView, responses=problems(404))
    def withdraw_article(
        context: Replacement, article_id: UUID, reason: Annotated[Code | None, Query()] = None
    ) -> Command[Article]:
        """Withdraws an article: no draft quotes it from now on. A repetition changes nothing."""
        handler = partial(
            handlers.withdraw,
            article_id=article_id,
            reason=reason,
            author_id=context.principal.id,
            expected=context.expected,
        )
        return Command(context, handler, article_response)

    @router.get("/{article_id}", responses=problems(404) | headers(200, ETAG))
    async def get_article(response: Response, _principal: Reader, article_id: UUID) -> ArticleView:
        """Returns an article, withdrawn or not."""
        async with database.connection() as connection:
            article = await article_queries.get(connection, article_id)
        if article is None:
            raise ArticleUnknown(article_id)
        response.headers["ETag"] = etag(article)
        return article_view(article)

    @router.get("")
    async def list_articles(
        _principal: Reader,
        q: SearchText = None,
        after: UUID | None = None,
        withdrawn: bool = False,
        limit: Limit = 50,
    ) -> ArticlePage:
        """Lists articles in the order of their ids; with `q` the best matches, on one page."""
        async with database.connection() as connection:
            if q is not None:
                found = await article_queries.find(connection, q, limit)
                return ArticlePage(items=[article_view(one) for one in found])
            page = await article_queries.page(
                connection, after=after, withdrawn=withdrawn, limit=limit + 1
            )
        following = page[limit - 1].id if len(page) > limit else None
        return ArticlePage(items=[article_view(one) for one in page[:limit]], next=following)

    def publication(
        context: CommandContext, article_id: UUID, content: ArticleContent
    ) -> Command[PublishedArticle]:
        handler = partial(
            handlers.publish,
            article_id=article_id,
            content=ArticleText(**content.model_dump()),
            author_id=context.principal.id,
            expected=context.expected,
        )
        return Command(context, handler, published_response)

    return router


def drafts_router(commands: Commands, handlers: CommandHandlers, drafter: Drafter) -> APIRouter:
    router = APIRouter(prefix="/ai", tags=["ai"])

    @router.post(
        "/generate-response",
        response_model=DraftAnswer,
        responses=problems(404)
        | problems(409, because="No article answers the message, or not in its language."),
    )
    async def generate_response(context: Drafting, asked: DraftRequest) -> Response:
        """Answers with a draft for the customer's last message on the ticket.

        The model is asked before the transaction begins: it may take seconds.
        """
        ticket_id = asked.ticket_id
        options = DraftOptions(asked.instructions, asked.tone, asked.language)
        draft = await drafter.draft_for_ticket(ticket_id, None, options)
        if draft is None:
            raise not_found("ticket", f"{ticket_id} (or it has not arrived here yet)")
        if isinstance(draft.answer, NoDraft):
            raise no_draft(draft.answer)
        handler = partial(handlers.announce_draft, ticket_id=ticket_id, draft=draft)
        return await commands.run(Command(context, handler, partial(draft_response, ticket_id)))

    return router
