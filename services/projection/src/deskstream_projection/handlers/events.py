"""Batches of events: fold, store, wake those who follow the change feed."""

from collections.abc import Callable, Sequence
from typing import Any

from deskstream_contracts import Event
from deskstream_projection.adapters.read_model_store import ReadModelStore
from deskstream_projection.domain.fold import fold
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction


class EventHandlers:
    """`committed` is called after each commit."""

    def __init__(self, store: ReadModelStore, committed: Callable[[], None]) -> None:
        self._store = store
        self._committed = committed

    async def project(self, tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        """Folds the events into the read models: a batch of all types is few statements."""
        await self._store.write(tx, fold(events))
        return Effects(on_commit=self._committed)
