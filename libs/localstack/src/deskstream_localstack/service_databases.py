"""One database and one role per service, so that no service can read another's tables."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

TIMEOUT_S = 30
# pgvector is not a trusted extension: the owner of a database may use it, not create it.
SUPERUSER_EXTENSIONS = ("vector",)


async def create_service_databases(superuser_dsn: str, passwords: Mapping[str, str]) -> None:
    """Create a role and a database of the same name for each service in `passwords`.

    What exists is kept, and its role gets the given password. The role owns its database (and can
    create the trusted extensions in it, pg_trgm for one; pgvector is there already); nobody else
    may connect to it.
    """
    connection = await asyncpg.connect(superuser_dsn, timeout=TIMEOUT_S)
    try:
        for service, password in passwords.items():
            await _create(connection, service, password)
    finally:
        await connection.close(timeout=TIMEOUT_S)
    for service in passwords:
        await _create_extensions(superuser_dsn, service)


async def _create(connection: asyncpg.Connection, service: str, password: str) -> None:
    # Roles and databases cannot be named by parameters, so the server quotes them itself.
    name = await connection.fetchval("select quote_ident($1)", service)
    literal = await connection.fetchval("select quote_literal($1)", password)
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", service):
        await connection.execute(f"create role {name} login")
    await connection.execute(f"alter role {name} password {literal}")
    if not await connection.fetchval("select 1 from pg_database where datname = $1", service):
        await connection.execute(f"create database {name} owner {name}")
        await connection.execute(f"revoke all on database {name} from public")


async def _create_extensions(superuser_dsn: str, service: str) -> None:
    connection = await asyncpg.connect(superuser_dsn, database=service, timeout=TIMEOUT_S)
    try:
        for extension in SUPERUSER_EXTENSIONS:
            await connection.execute(f"create extension if not exists {extension}")
    finally:
        await connection.close(timeout=TIMEOUT_S)


def service_dsn(superuser_dsn: str, service: str, password: str) -> str:
    """Return the DSN of a service's own role and database on the same server."""
    parts = urlsplit(superuser_dsn)
    host = parts.netloc.rpartition("@")[2]
    credentials = f"{quote(service, safe='')}:{quote(password, safe='')}"
    return urlunsplit((parts.scheme, f"{credentials}@{host}", f"/{service}", parts.query, ""))
