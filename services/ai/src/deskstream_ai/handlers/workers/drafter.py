"""Drafting, for work and for the HTTP route alike."""

from dataclasses import dataclass
from uuid import UUID

from deskstream_ai.adapters import analysis_queries, conversation_queries
from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.domain.analysis import MessageSummary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft, with_cautions
from deskstream_ai.domain.message import CustomerMessage
from deskstream_ai.domain.model import Model
from deskstream_runtime.postgres.database import Database


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """The answer to a ticket's message, and the correlation id of the ticket where it is known."""

    message_id: UUID
    correlation_id: UUID | None
    answer: Draft | NoDraft


class Drafter:
    """Asks the model for replies. One with a confidence below `confidence_low` gets a caution."""

    def __init__(
        self, model: Model, queries: BatchQueries, database: Database, confidence_low: float
    ) -> None:
        self._model = model
        self._queries = queries
        self._database = database
        self._confidence_low = confidence_low

    async def draft(
        self, message: CustomerMessage, summary: MessageSummary, options: DraftOptions
    ) -> Draft | NoDraft:
        passages = await self._queries.passages(message, summary)
        answer = await self._model.draft(message, summary, options, passages)
        if isinstance(answer, NoDraft):
            return answer
        return with_cautions(answer, summary, self._confidence_low)

    async def draft_for_ticket(
        self, ticket_id: UUID, message_id: UUID | None, options: DraftOptions
    ) -> TicketDraft | None:
        """A reply to the message, or to the customer's last one; None if it is not known (yet)."""
        async with self._database.connection() as connection:
            chosen = message_id or await conversation_queries.last_inbound(connection, ticket_id)
            correlation_id = await conversation_queries.correlation_of(connection, ticket_id)
            summary = await analysis_queries.summary_of(connection, chosen) if chosen else None
        found = await self._queries.message(chosen) if chosen else None
        if chosen is None or found is None or found.message.ticket_id != ticket_id:
            return None
        if summary is None:
            summary = (await self._model.analyze(found.message)).summary
        answer = await self.draft(found.message, summary, options)
        return TicketDraft(chosen, correlation_id, answer)
