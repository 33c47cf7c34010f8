"""The page on rebuilds names every table of every service, and says of each what is so."""

import asyncio
import re
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest

from deskstream_localstack.testing import LocalStack
from deskstream_runtime.testing.databases import database_maker

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "what-a-rebuild-keeps.md"
SERVICES = ("ingest", "ai", "escalation", "notify", "projection")
ROW = re.compile(r"^\| `(\w+)` \| (rebuilt|kept) \| ([^|]*)\|", re.MULTILINE)
IN_EVERY = "In every service"

Named = dict[str, tuple[str, tuple[str, ...]]]


def named() -> dict[str, Named]:
    """By section: what the page says of each table, and its local columns."""
    _, *sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    return {
        section.partition("\n")[0]: {
            table: (fate, tuple(re.findall(r"`(\w+)`", columns)))
            for table, fate, columns in ROW.findall(section)
        }
        for section in sections
    }


async def tables_of(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        return {row["tablename"] for row in rows}
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_each_table_is_rebuilt_or_kept(postgres: LocalStack, service: str) -> None:
    page = named()
    dsn = database_maker(postgres.postgres_dsn)(f"deskstream_{service}")
    there = asyncio.run(tables_of(dsn))
    assert page[IN_EVERY].keys() | page[service].keys() == there
    made = import_module(f"deskstream_{service}.app").TABLES
    assert made == {
        table: columns for table, (fate, columns) in page[service].items() if fate == "rebuilt"
    }
    assert {fate for fate, _ in page[IN_EVERY].values()} == {"kept"}
