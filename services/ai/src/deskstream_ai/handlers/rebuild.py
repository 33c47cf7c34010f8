"""The service's own events, read again in a rebuild: no model is asked a second time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from deskstream_ai.adapters import analysis_repository, article_queries, article_repository
from deskstream_ai.adapters.analysis_repository import StoredAnalysis
from deskstream_ai.domain.analysis import MessageSummary
from deskstream_ai.domain.articles import ArticleEvent, evolve
from deskstream_contracts import Event
from deskstream_contracts.events.article import ArticlePublished, ArticleWithdrawn
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.ticket import TicketTriaged
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

AnalysisEvent = SentimentScored | TicketTriaged

ANALYSIS_EVENTS: tuple[type[AnalysisEvent], ...] = (SentimentScored, TicketTriaged)
ARTICLE_EVENTS: tuple[type[ArticleEvent], ...] = (ArticlePublished, ArticleWithdrawn)


class RebuildHandlers:
    """For one rebuild: the first event of an analysis waits in memory for the second."""

    def __init__(self) -> None:
        self._scored: dict[UUID, SentimentScored] = {}
        self._triaged: dict[UUID, tuple[TicketTriaged, datetime]] = {}

    async def analyses(self, tx: Transaction, events: Sequence[Event[AnalysisEvent]]) -> Effects:
        """Stores the analyses of which both events are there. Each was published as two."""
        for event in events:
            match event.data:
                case SentimentScored() as scored:
                    self._scored[scored.message_id] = scored
                case TicketTriaged() as triaged:
                    self._triaged[triaged.message_id] = triaged, event.time
        whole = sorted(self._scored.keys() & self._triaged.keys())
        analyses = [_analysis(self._scored[one], *self._triaged[one]) for one in whole]
        await analysis_repository.save_analyses(tx, analyses)
        return Effects(on_commit=partial(self._forget, whole))

    def _forget(self, messages: Sequence[UUID]) -> None:
        """After the commit: a batch that is rolled back comes again, without the first event."""
        for message_id in messages:
            del self._scored[message_id], self._triaged[message_id]

    async def articles(self, tx: Transaction, events: Sequence[Event[ArticleEvent]]) -> Effects:
        """Stores articles as of their latest version."""
        for event in events:
            before = await article_queries.get(tx, event.data.article_id)
            after = evolve(before, event.data)
            if after is not None and after is not before:
                await article_repository.save(tx, after)
        return NO_EFFECTS


def _analysis(scored: SentimentScored, triaged: TicketTriaged, at: datetime) -> StoredAnalysis:
    summary = MessageSummary(
        triaged.intent, triaged.intent_confidence, scored.label, triaged.language, triaged.tags
    )
    return StoredAnalysis(triaged.message_id, triaged.model, summary, at)
