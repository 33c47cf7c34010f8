"""Drafting on demand: what the work of drafting and the HTTP route for it have in common."""

from dataclasses import dataclass
from uuid import UUID

from deskstream_ai.adapters.postgres import reading
from deskstream_ai.adapters.postgres.reader import Reader
from deskstream_ai.domain.message import DraftWish
from deskstream_ai.domain.model import Model
from deskstream_ai.domain.understanding import Draft, NoDraft, cautious
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
        self, model: Model, reader: Reader, database: Database, confidence_low: float
    ) -> None:
        self._model = model
        self._reader = reader
        self._database = database
        self._confidence_low = confidence_low

    async def draft(
        self, ticket_id: UUID, message_id: UUID | None, wish: DraftWish
    ) -> Drafted | None:
        """An answer to the message, or the customer's last one; none if it is not known (yet)."""
        async with self._database.connection() as connection:
            chosen = message_id or await reading.last_inbound(connection, ticket_id)
            correlation_id = await reading.correlation_of(connection, ticket_id)
            gist = await reading.gist_of(connection, chosen) if chosen else None
        found = await self._reader.message(chosen) if chosen else None
        if chosen is None or found is None or found[0].ticket_id != ticket_id:
            return None
        message = found[0]
        if gist is None:
            gist = (await self._model.understand(message)).gist
        passages = await self._reader.passages(message, gist)
        answer = await self._model.draft(message, gist, wish, passages)
        if isinstance(answer, Draft):
            answer = cautious(answer, gist, self._confidence_low)
        return Drafted(chosen, correlation_id, answer)
