"""A handler's batch as the runtime runs it: committed, or rolled back on its way."""

from collections.abc import Sequence
from typing import Any

from deskstream_contracts import Event
from deskstream_runtime.consuming.routing import Handler
from deskstream_runtime.postgres.connection import Connection, in_transaction


class _RolledBack(Exception):
    """Something behind the handler failed."""


async def committed(
    connection: Connection, handler: Handler[Any], events: Sequence[Event[Any]]
) -> None:
    async with in_transaction(connection) as tx:
        effects = await handler(tx, events)
    if effects.on_commit is not None:
        effects.on_commit()


async def rolled_back(
    connection: Connection, handler: Handler[Any], events: Sequence[Event[Any]]
) -> None:
    """The handler takes the batch, and something behind it fails: it will come again."""
    try:
        async with in_transaction(connection) as tx:
            await handler(tx, events)
            raise _RolledBack
    except _RolledBack:
        pass
