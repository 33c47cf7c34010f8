"""Databases for tests on a real server: migrated once, then copied from a template."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from deskstream_localstack.part import LocalStackError
from deskstream_localstack.testing import LocalStack
from deskstream_runtime.postgres.migrate import migrate


def do_not_sync(stack: LocalStack) -> None:
    """Spares a test server's disk: hundreds of databases are made, and all thrown away.

    A killed process loses nothing by it, as only the machine's own crash would. A server that
    somebody else runs is left as it is.
    """
    with suppress(LocalStackError):
        stack.control("postgres")
        run_blocking(_execute(stack.postgres_dsn, "alter system set fsync = off"))
        run_blocking(_execute(stack.postgres_dsn, "select pg_reload_conf()"))


def database_maker(admin_dsn: str) -> Callable[..., str]:
    """Makes databases on a server: migrates once for each set of packages, then copies.

    Their names are of this run alone, as a server named in the environment outlives it.
    """
    run, numbers = uuid4().hex[:12], count(1)
    templates: dict[tuple[str, ...], str] = {}

    def make(*packages: str) -> str:
        if packages not in templates:
            template = f"template_{run}_{next(numbers)}"
            run_blocking(_execute(admin_dsn, f"create database {template}"))
            migrate(_with_database(admin_dsn, template), *packages)
            templates[packages] = template
        name = f"test_{run}_{next(numbers)}"
        run_blocking(_execute(admin_dsn, f"create database {name} template {templates[packages]}"))
        return _with_database(admin_dsn, name)

    return make


def run_blocking(coroutine: Coroutine[Any, Any, object]) -> None:
    """Runs a coroutine to its end from synchronous code, even where a loop runs already."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()


def _with_database(dsn: str, name: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
