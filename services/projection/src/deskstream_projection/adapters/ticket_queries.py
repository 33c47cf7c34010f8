"""Tickets as they stand, from the columns of their read model."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from deskstream_projection.adapters.lww_table import register_columns
from deskstream_projection.domain.read_models.ticket import TICKET, NewestDraft
from deskstream_runtime.postgres.connection import Connection

_OF_DETAIL_ALONE = frozenset({"first_message_id", "attributes", "unusable_addresses"})
_ALL = (TICKET.key, *register_columns(TICKET), *NewestDraft._fields)

LISTED = ", ".join(
    f"ticket.{column}"
    for column in (*_ALL, "priority_order", "sentiment_order", "facets")
    if column not in _OF_DETAIL_ALONE
)
"""The columns of a ticket in a list. What only its own page shows may be large."""

_TICKETS = f"""
select {LISTED} from ticket where id = any($1::uuid[]) and version is not null
"""  # noqa: S608
_TICKET = f"""
select {", ".join(_ALL)} from ticket where id = $1 and version is not null
"""  # noqa: S608
_VERSION = "select version from ticket where id = $1 and version is not null"


async def tickets_of(connection: Connection, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The `LISTED` columns of those tickets that are there, in no order."""
    return await connection.fetch(_TICKETS, ids)


async def ticket_of(connection: Connection, ticket_id: UUID) -> asyncpg.Record | None:
    """All columns of the ticket, or None when the view does not have it."""
    return await connection.fetchrow(_TICKET, ticket_id)


async def version_of(connection: Connection, ticket_id: UUID) -> int | None:
    """The version the view has, or None when it does not have the ticket."""
    version: int | None = await connection.fetchval(_VERSION, ticket_id)
    return version
