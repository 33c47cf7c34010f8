"""What we told before, when our tables are made again: no model is asked a second time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from deskstream_ai.adapters.postgres import articles, understandings
from deskstream_ai.adapters.postgres.understandings import Said
from deskstream_ai.domain.articles import remembered
from deskstream_ai.domain.understanding import Gist, model_id
from deskstream_contracts import Event
from deskstream_contracts.events.article import ArticlePublished, ArticleWithdrawn
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.ticket import TicketTriaged
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

Understood = SentimentScored | TicketTriaged
OfArticle = ArticlePublished | ArticleWithdrawn

UNDERSTOOD: tuple[type[Understood], ...] = (SentimentScored, TicketTriaged)
OF_ARTICLES: tuple[type[OfArticle], ...] = (ArticlePublished, ArticleWithdrawn)


class Memory:
    """For one rebuild, as it waits for the other half of an understanding in memory."""

    def __init__(self) -> None:
        self._scored: dict[UUID, SentimentScored] = {}
        self._triaged: dict[UUID, tuple[TicketTriaged, datetime]] = {}

    async def understood(self, tx: Transaction, events: Sequence[Event[Understood]]) -> Effects:
        """What a model said of a message was told in two facts, always both."""
        for event in events:
            match event.data:
                case SentimentScored() as scored:
                    self._scored[scored.message_id] = scored
                case TicketTriaged() as triaged:
                    self._triaged[triaged.message_id] = triaged, event.time
        whole = sorted(self._scored.keys() & self._triaged.keys())
        said = [_said(self._scored[one], *self._triaged[one]) for one in whole]
        await understandings.put_understandings(tx, said)
        return Effects(on_commit=partial(self._forget, whole))

    def _forget(self, messages: Sequence[UUID]) -> None:
        """Only now: a batch that is rolled back comes again, without the half that came before."""
        for message_id in messages:
            del self._scored[message_id], self._triaged[message_id]

    async def articles(self, tx: Transaction, events: Sequence[Event[OfArticle]]) -> Effects:
        """Articles as they stand."""
        for event in events:
            before = await articles.get(tx, event.data.article_id)
            after = remembered(before, event.data)
            if after is not None and after is not before:
                await articles.put(tx, after)
        return NO_EFFECTS


def _said(scored: SentimentScored, triaged: TicketTriaged, at: datetime) -> Said:
    gist = Gist(
        triaged.intent, triaged.intent_confidence, scored.label, triaged.language, triaged.tags
    )
    return Said(triaged.message_id, model_id(triaged.model), gist, at)
