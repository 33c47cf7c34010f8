"""Reads what models are shown: what is asked for at the same moment is read in one query."""

from functools import cached_property
from uuid import UUID

from aiodataloader import DataLoader

from deskstream_ai.adapters.postgres import passages, reading
from deskstream_ai.adapters.postgres.passages import Wanted
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_ai.domain.understanding import Gist
from deskstream_runtime.postgres.database import Database

_BATCH_MAX = 64


class Reader:
    """Messages and passages out of the database, gathered into batches (a data loader)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def message(self, message_id: UUID) -> tuple[CustomerMessage, bool] | None:
        """The message and whether it is understood already; none if it is not known."""
        return await self._messages.load(message_id)

    async def passages(self, message: CustomerMessage, gist: Gist) -> tuple[Passage, ...]:
        """Passages of public articles that may answer the message, best first."""
        wanted = Wanted(message.text, gist.intent, gist.intent_confidence, gist.language)
        return await self._passages.load(wanted)

    # A loader belongs to the loop that runs when it is made, so it is made when first needed.
    @cached_property
    def _messages(self) -> DataLoader[UUID, tuple[CustomerMessage, bool] | None]:
        return DataLoader(self._load_messages, cache=False, max_batch_size=_BATCH_MAX)

    @cached_property
    def _passages(self) -> DataLoader[Wanted, tuple[Passage, ...]]:
        return DataLoader(self._load_passages, cache=False, max_batch_size=_BATCH_MAX)

    async def _load_messages(self, ids: list[UUID]) -> list[tuple[CustomerMessage, bool] | None]:
        async with self._database.connection() as connection:
            found = await reading.messages(connection, ids)
        return [found.get(message_id) for message_id in ids]

    async def _load_passages(self, wanted: list[Wanted]) -> list[tuple[Passage, ...]]:
        async with self._database.connection() as connection:
            return await passages.passages_for(connection, wanted)
