"""Drafting on demand: what the work of drafting and the HTTP route for it have in common."""

from dataclasses import dataclass
from uuid import UUID

from deskstream_ai.adapters import conversation_queries
from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.domain.analysis import Draft, NoDraft, cautious
from deskstream_ai.domain.message import DraftOptions
from deskstream_ai.domain.model import Model
from deskstream_runtime.postgres.database import Database


@dataclass(frozen=True, slots=True)
class Drafted:
    """The customer's message and the answer to it, or why there is none."""

    message_id: UUID
    correlation_id: UUID | None
    answer: Draft | NoDraft


class Drafter:
    """Asks the model for an answer to a ticket's message. Changes nothing."""

    def __init__(
        self, model: Model, queries: BatchQueries, database: Database, confidence_low: float
    ) -> None:
        self._model = model
        self._queries = queries
        self._database = database
        self._confidence_low = confidence_low

    async def draft(
        self, ticket_id: UUID, message_id: UUID | None, options: DraftOptions
    ) -> Drafted | None:
        """An answer to the message, or the customer's last one; none if it is not known (yet)."""
        async with self._database.connection() as connection:
            chosen = message_id or await conversation_queries.last_inbound(connection, ticket_id)
            correlation_id = await conversation_queries.correlation_of(connection, ticket_id)
            summary = await conversation_queries.summary_of(connection, chosen) if chosen else None
        found = await self._queries.message(chosen) if chosen else None
        if chosen is None or found is None or found[0].ticket_id != ticket_id:
            return None
        message = found[0]
        if summary is None:
            summary = (await self._model.analyze(message)).summary
        passages = await self._queries.passages(message, summary)
        answer = await self._model.draft(message, summary, options, passages)
        if isinstance(answer, Draft):
            answer = cautious(answer, summary, self._confidence_low)
        return Drafted(chosen, correlation_id, answer)
