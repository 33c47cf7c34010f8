"""Events into the read models of a database, and what the tables hold then."""

from typing import Any, TypeAlias

import asyncpg

from deskstream_contracts import Event
from deskstream_projection.adapters.read_model_store import ReadModelStore
from deskstream_projection.domain.fold import READ_MODELS, fold
from deskstream_runtime.postgres.connection import in_transaction

Connection: TypeAlias = "asyncpg.Connection[Any]"
TABLES = (*(model.table for model in READ_MODELS), "timeline", "roll_up")


async def project(connection: Connection, *batches: list[Event[Any]]) -> None:
    store = ReadModelStore()
    for batch in batches:
        async with in_transaction(connection) as tx:
            await store.write(tx, fold(batch))


async def tables(connection: Connection) -> dict[str, list[str]]:
    """All rows as text, but for the transaction that wrote them."""
    return {
        table: [
            row[0]
            for row in await connection.fetch(
                f"select (to_jsonb(t) - 'transaction_id')::text from {table} t order by 1"
            )
        ]
        for table in TABLES
    }
