"""The messages of a ticket."""

from datetime import datetime
from uuid import UUID

import asyncpg

from deskstream_projection.adapters.lww_table import register_columns
from deskstream_projection.domain.read_models.message import MESSAGE
from deskstream_runtime.postgres.connection import Connection

# Messages of an imported past may have the same time: the ticket's version orders them.
_MESSAGES = f"""
select {", ".join((MESSAGE.key, *register_columns(MESSAGE)))}
from message
where ticket_id = $1 and occurred_at is not null and (occurred_at, coalesce(version, 0), id)
    > ($2, coalesce((select version from message where id = $3), 0), $3)
order by occurred_at, coalesce(version, 0), id
limit $4
"""  # noqa: S608


async def messages_after(
    connection: Connection, ticket_id: UUID, after: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """Messages in the order they were written, after the one with this time and id."""
    return await connection.fetch(_MESSAGES, ticket_id, *after, limit)
