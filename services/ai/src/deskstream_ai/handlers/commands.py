"""Commands on articles, and the announcement of drafts: one transaction each."""

from collections.abc import Container
from typing import NamedTuple
from uuid import UUID

from deskstream_ai.adapters import article_repository
from deskstream_ai.domain.articles import (
    Article,
    ArticleEvent,
    ArticleText,
    ArticleUnknown,
    publish,
    withdraw,
)
from deskstream_ai.domain.events import draft_event
from deskstream_ai.handlers.workers.drafter import TicketDraft
from deskstream_contracts import Cause, Event, follow_id
from deskstream_contracts.events.reply import ReplyDrafted
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.ids import new_id
from deskstream_runtime.observability.telemetry import current_traceparent
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.versions import require_version


class PublishedArticle(NamedTuple):
    """An article after its publication; `created` if there was none under its id before."""

    article: Article
    created: bool


class CommandHandlers:
    """Each handles a command in the transaction it is given.

    Those that change an article raise `StaleVersion` unless its version is among `expected`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def publish(
        self,
        tx: Transaction,
        article_id: UUID,
        content: ArticleText,
        *,
        author_id: str,
        expected: Container[int] | None,
    ) -> tuple[Effects, PublishedArticle]:
        """Publishes the first or a new version of an article."""
        before = await article_repository.load(tx, article_id)
        require_version(before.version if before else 0, expected)
        after, body = publish(article_id, before, content, author_id=author_id, now=self._clock())
        effects = await self._store(tx, after, body)
        return effects, PublishedArticle(after, created=before is None)

    async def withdraw(
        self,
        tx: Transaction,
        article_id: UUID,
        *,
        reason: str | None,
        author_id: str,
        expected: Container[int] | None,
    ) -> tuple[Effects, Article]:
        """Withdraws an article. Raises `ArticleUnknown`."""
        before = await article_repository.load(tx, article_id)
        if before is None:
            raise ArticleUnknown(article_id)
        require_version(before.version, expected)
        after, body = withdraw(before, author_id=author_id, now=self._clock(), reason=reason)
        return await self._store(tx, after, body), after

    async def announce_draft(
        self, _tx: Transaction, ticket_id: UUID, draft: TicketDraft
    ) -> tuple[Effects, ReplyDrafted]:
        """Announces a draft that a person asked for, so that it can be approved like any other."""
        request_id = new_id()
        cause = Cause(
            id=request_id,
            subject=ticket_id,
            correlation_id=draft.correlation_id or request_id,
            traceparent=current_traceparent(),
        )
        event = draft_event(cause, draft.message_id, draft.answer, self._clock())
        assert isinstance(event.data, ReplyDrafted)
        # The request is no event, so the draft names no event as its cause.
        return Effects(events=[event._replace(causation_id=None)]), event.data

    async def _store(self, tx: Transaction, article: Article, body: ArticleEvent | None) -> Effects:
        if body is None:
            return NO_EFFECTS
        await article_repository.save(tx, article)
        event = Event(
            id=follow_id(article.id, body.event_type, article.version),
            subject=article.id,
            time=self._clock(),
            data=body,
            traceparent=current_traceparent(),
        )
        return Effects(events=[event])
