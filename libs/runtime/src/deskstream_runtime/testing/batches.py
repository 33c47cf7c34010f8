"""A handler's batch as the runtime goes about it: committed, or rolled back on its way."""

from collections.abc import Sequence
from typing import Any

from deskstream_contracts import Event
from deskstream_runtime.effects import Transaction
from deskstream_runtime.routing import Handler


class _RolledBack(Exception):
    """Something behind the handler failed."""


async def committed(
    connection: Transaction, handler: Handler[Any], events: Sequence[Event[Any]]
) -> None:
    """The batch passes."""
    async with connection.transaction():
        effects = await handler(connection, events)
    if effects.on_commit is not None:
        effects.on_commit()


async def rolled_back(
    connection: Transaction, handler: Handler[Any], events: Sequence[Event[Any]]
) -> None:
    """The handler takes the batch, and something behind it fails: it will come again."""
    try:
        async with connection.transaction():
            await handler(connection, events)
            raise _RolledBack
    except _RolledBack:
        pass
