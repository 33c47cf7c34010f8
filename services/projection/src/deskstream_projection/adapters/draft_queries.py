"""The drafts of a ticket."""

from uuid import UUID

import asyncpg

from deskstream_projection.adapters.lww_table import register_columns
from deskstream_projection.domain.read_models.draft import DRAFT
from deskstream_runtime.postgres.connection import Connection

DRAFTS_MAX = 20

_DRAFTS = f"""
select {", ".join((DRAFT.key, *register_columns(DRAFT)))}
from draft
where ticket_id = $1 and drafted_at is not null
order by drafted_at desc, id desc
limit $2
"""  # noqa: S608


async def newest_drafts(connection: Connection, ticket_id: UUID) -> list[asyncpg.Record]:
    """At most `DRAFTS_MAX` drafts, the newest first."""
    return await connection.fetch(_DRAFTS, ticket_id, DRAFTS_MAX)
