"""What handlers and queries are given: a connection, or one inside an open transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NewType, TypeAlias, cast

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"
"""For queries: each statement sees what is committed when it begins."""

Transaction = NewType("Transaction", "asyncpg.Connection[Any]")
"""A connection inside an open transaction. Only the runtime begins, commits and rolls back."""


@asynccontextmanager
async def in_transaction(connection: Connection) -> AsyncIterator[Transaction]:
    """The connection in a transaction, committed at the end unless an error leaves it."""
    async with connection.transaction():
        yield Transaction(cast("asyncpg.Connection[Any]", connection))
