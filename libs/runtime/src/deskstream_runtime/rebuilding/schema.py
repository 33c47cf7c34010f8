"""Where a state is made again: in a schema beside the service's own, which it then replaces."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from deskstream_runtime.postgres.connection import Connection, Transaction
from deskstream_runtime.rebuilding.state_dump import differing_rows

STATE = "public"
MADE = "rebuild"

_TABLES = "select tablename from pg_tables where schemaname = $1"
# Those of extensions are not ours.
_FUNCTIONS = """
select format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) as signature
from pg_proc p
where p.pronamespace = $1::regnamespace and not exists (
    select from pg_depend d
    where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True)
class Remade:
    """A table made again: how many rows it has, and how many are in one of the two states alone."""

    table: str
    rows: int
    differing: int


def inside(dsn: str) -> str:
    """The DSN of sessions that find the tables made again, and behind them those that stay."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query)) | {"search_path": f"{MADE},{STATE}"}
    return urlunsplit(parts._replace(query=urlencode(query)))


async def drop(connection: Connection) -> None:
    """Removes the schema, if an earlier rebuild left one."""
    await connection.execute(f"drop schema if exists {MADE} cascade")


async def leave_only(connection: "asyncpg.Connection[Any]", tables: Iterable[str]) -> None:
    """Drops all other tables from the schema, so that their names mean those that stay."""
    there = {row["tablename"] for row in await connection.fetch(_TABLES, MADE)}
    others = ", ".join(f'{MADE}."{table}"' for table in sorted(there - set(tables)))
    await connection.execute(f"drop table {others} cascade")


async def compare(tx: Transaction, tables: Mapping[str, tuple[str, ...]]) -> list[Remade]:
    """What the rebuild changes, table by table."""
    return [
        Remade(
            table,
            rows=await tx.fetchval(f'select count(*) from {MADE}."{table}"'),  # noqa: S608
            differing=await differing_rows(tx, STATE, MADE, table, local),
        )
        for table, local in tables.items()
    ]


async def switch(tx: Transaction, tables: Iterable[str]) -> None:
    """Replaces the old tables by those made again, with all that belongs to them."""
    named = list(tables)
    old = ", ".join(f'{STATE}."{table}"' for table in named)
    # One statement, as they may refer to each other; an outsider that does so stops it.
    await tx.execute(f"drop table {old}")
    functions = [row["signature"] for row in await tx.fetch(_FUNCTIONS, MADE)]
    for signature in functions:
        await tx.execute(f"drop function if exists {STATE}.{signature}")
    for table in named:
        await tx.execute(f'alter table {MADE}."{table}" set schema {STATE}')
    for signature in functions:
        await tx.execute(f"alter function {MADE}.{signature} set schema {STATE}")
    await drop(tx)
