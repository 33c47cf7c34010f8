"""The timeline of a ticket."""

from datetime import datetime
from uuid import UUID

import asyncpg

from deskstream_projection.domain.read_models.timeline import Entry
from deskstream_runtime.postgres.connection import Connection

_TIMELINE = f"""
select {", ".join(Entry._fields)}
from timeline
where subject = $1 and (recorded_at, event_id) > ($2, $3)
order by recorded_at, event_id
limit $4
"""  # noqa: S608


async def timeline_after(
    connection: Connection, ticket_id: UUID, after: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """Entries in the order they were recorded, after the one with this time and event id."""
    return await connection.fetch(_TIMELINE, ticket_id, *after, limit)
