"""Reads what models are shown: what is asked for at the same moment is read in one query."""

from functools import cached_property
from uuid import UUID

from aiodataloader import DataLoader

from deskstream_ai.adapters import conversation_queries, passage_queries
from deskstream_ai.adapters.passage_queries import PassageQuery
from deskstream_ai.domain.analysis import Summary
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_runtime.postgres.database import Database

_BATCH_MAX = 64


class BatchQueries:
    """Messages and passages out of the database, gathered into batches (a data loader)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def message(self, message_id: UUID) -> tuple[CustomerMessage, bool] | None:
        """The message and whether it is understood already; none if it is not known."""
        return await self._messages.load(message_id)

    async def passages(self, message: CustomerMessage, summary: Summary) -> tuple[Passage, ...]:
        """Passages of public articles that may answer the message, best first."""
        wanted = PassageQuery(
            message.text, summary.intent, summary.intent_confidence, summary.language
        )
        return await self._passages.load(wanted)

    # A loader belongs to the loop that runs when it is made, so it is made when first needed.
    @cached_property
    def _messages(self) -> DataLoader[UUID, tuple[CustomerMessage, bool] | None]:
        return DataLoader(self._load_messages, cache=False, max_batch_size=_BATCH_MAX)

    @cached_property
    def _passages(self) -> DataLoader[PassageQuery, tuple[Passage, ...]]:
        return DataLoader(self._load_passages, cache=False, max_batch_size=_BATCH_MAX)

    async def _load_messages(self, ids: list[UUID]) -> list[tuple[CustomerMessage, bool] | None]:
        async with self._database.connection() as connection:
            found = await conversation_queries.messages(connection, ids)
        return [found.get(message_id) for message_id in ids]

    async def _load_passages(self, wanted: list[PassageQuery]) -> list[tuple[Passage, ...]]:
        async with self._database.connection() as connection:
            return await passage_queries.passages_for(connection, wanted)
