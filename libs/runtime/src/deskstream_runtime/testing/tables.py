"""The tables of a service as a test looks at them, emptied before it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from deskstream_contracts import Event, decode
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.outbox.store import headers_from_text

# The one row of the counts came with its table.
_EMPTY = """
do $$ begin
    execute (
        select 'truncate ' || string_agg(quote_ident(tablename), ', ') from pg_tables
        where schemaname = 'public' and tablename not in ('schema_migrations', 'parking_count'));
    update parking_count set run = 0, parked = 0, handled = 0;
end $$
"""


@asynccontextmanager
async def opened(infrastructure: Infrastructure) -> AsyncIterator[Infrastructure]:
    """The infrastructure with its connections open while the block runs."""
    await infrastructure.database.open()
    try:
        yield infrastructure
    finally:
        await infrastructure.valkey.aclose()
        await infrastructure.database.close()


async def empty_tables(infrastructure: Infrastructure) -> None:
    """Leaves the database as its migrations made it: quicker than a new one for each test."""
    async with infrastructure.database.connection() as connection:
        await connection.execute(_EMPTY)


async def rows(infrastructure: Infrastructure, query: str, *arguments: Any) -> list[asyncpg.Record]:
    """The rows that a query finds, as they are committed now."""
    async with infrastructure.database.connection() as connection:
        return await connection.fetch(query, *arguments)


async def outbox_events(infrastructure: Infrastructure) -> list[Event[Any]]:
    """All events in the outbox, in order; none leaves it while no relay runs."""
    return [
        decode(row["topic"], headers_from_text(row["headers"]), row["value"])
        for row in await rows(infrastructure, "select * from outbox order by seq")
    ]
