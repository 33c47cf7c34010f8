"""Every fact of every topic goes the same way: fold the batch, write it, tell who watches."""

from collections.abc import Callable, Sequence
from typing import Any

from deskstream_contracts import Event
from deskstream_projection.adapters.read_model_store import ReadModelStore
from deskstream_projection.domain.fold import EVENT_TYPES, fold
from deskstream_runtime.consuming.routing import Route, on
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction


class EventHandlers:
    """Projects batches of facts. `changed` is called after each commit."""

    def __init__(self, writer: ReadModelStore, changed: Callable[[], None]) -> None:
        self._writer = writer
        self._changed = changed

    async def project(self, tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        """Folds the events into the read models."""
        await self._writer.write(tx, fold(events))
        return Effects(on_commit=self._changed)

    def route(self) -> Route:
        """All types, one handler: a batch is few statements however many types are in it."""
        return on(self.project, *EVENT_TYPES)
