"""Reads analyses."""

from uuid import UUID

from deskstream_ai.domain.analysis import MessageSummary
from deskstream_runtime.postgres.connection import Connection

_SUMMARY = """
select intent, intent_confidence, sentiment, language, tags
from understanding where message_id = $1
"""


async def summary_of(connection: Connection, message_id: UUID) -> MessageSummary | None:
    row = await connection.fetchrow(_SUMMARY, message_id)
    if row is None:
        return None
    return MessageSummary(**dict(row) | {"tags": tuple(row["tags"])})
