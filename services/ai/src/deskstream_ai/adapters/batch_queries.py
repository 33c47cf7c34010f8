"""Reads the input of models: queries of the same moment become one query (a data loader)."""

from functools import cached_property
from uuid import UUID

from aiodataloader import DataLoader

from deskstream_ai.adapters import conversation_queries, passage_queries
from deskstream_ai.adapters.conversation_queries import FoundMessage
from deskstream_ai.adapters.passage_queries import PassageQuery
from deskstream_ai.domain.analysis import MessageSummary
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_runtime.postgres.database import Database

_BATCH_MAX = 64


class BatchQueries:
    """Queries for messages and passages, gathered into batches of up to 64."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def message(self, message_id: UUID) -> FoundMessage | None:
        return await self._messages.load(message_id)

    async def passages(
        self, message: CustomerMessage, summary: MessageSummary
    ) -> tuple[Passage, ...]:
        """Passages of public articles that may answer the message, best first."""
        return await self._passages.load(PassageQuery(message.text, summary))

    # A loader belongs to the event loop that runs when it is made, so it is made on first use.
    @cached_property
    def _messages(self) -> DataLoader[UUID, FoundMessage | None]:
        return DataLoader(self._load_messages, cache=False, max_batch_size=_BATCH_MAX)

    @cached_property
    def _passages(self) -> DataLoader[PassageQuery, tuple[Passage, ...]]:
        return DataLoader(self._load_passages, cache=False, max_batch_size=_BATCH_MAX)

    async def _load_messages(self, ids: list[UUID]) -> list[FoundMessage | None]:
        async with self._database.connection() as connection:
            found = await conversation_queries.messages(connection, ids)
        return [found.get(message_id) for message_id in ids]

    async def _load_passages(self, queries: list[PassageQuery]) -> list[tuple[Passage, ...]]:
        async with self._database.connection() as connection:
            return await passage_queries.search(connection, queries)
