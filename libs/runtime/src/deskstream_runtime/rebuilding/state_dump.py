"""A service's tables in one canonical form, so that two states can be compared."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from deskstream_runtime.postgres.connection import Transaction

# By a number for each row: to compare the texts would sort both states on the disk.
_DIFFERING = """
select coalesce(sum(abs(surplus)), 0)::bigint from (
    select sum(side) as surplus from (
        select hashtextextended(row, 0) as hash, 1 as side from ({made}) made
        union all
        select hashtextextended(row, 0), -1 from ({was}) was
    ) both_states group by hash having sum(side) <> 0
) differing
"""


def canonical_rows(schema: str, table: str, local: tuple[str, ...]) -> str:
    """A query for the rows of a table, each one JSON text without its local columns.

    The names are the service's own, never somebody's input.
    """
    without = "".join(f" - '{column}'" for column in local)
    return f'select (to_jsonb(t){without})::text as row from {schema}."{table}" t'  # noqa: S608


async def dump(
    connection: "asyncpg.Connection[Any]", tables: Mapping[str, tuple[str, ...]]
) -> dict[str, list[str]]:
    """The rows of each table, in canonical form and order. For tests: all of it is in memory."""
    return {
        table: [
            row["row"]
            for row in await connection.fetch(
                f"{canonical_rows('public', table, local)} order by row"
            )
        ]
        for table, local in tables.items()
    }


async def differing_rows(
    tx: Transaction, was: str, made: str, table: str, local: tuple[str, ...]
) -> int:
    """How many rows of a table only one of two schemas has; a row that changed counts twice."""
    query = _DIFFERING.format(
        was=canonical_rows(was, table, local), made=canonical_rows(made, table, local)
    )
    count: int = await tx.fetchval(query)
    return count
