"""Reads analyses."""

from uuid import UUID

from deskstream_ai.domain.analysis import Summary
from deskstream_runtime.postgres.connection import Connection

_SUMMARY = """
select intent, intent_confidence, sentiment, language, tags
from understanding where message_id = $1
"""


async def summary_of(connection: Connection, message_id: UUID) -> Summary | None:
    """The summary of a message's analysis, if it was analyzed."""
    row = await connection.fetchrow(_SUMMARY, message_id)
    if row is None:
        return None
    return Summary(
        intent=row["intent"],
        intent_confidence=row["intent_confidence"],
        sentiment=row["sentiment"],
        language=row["language"],
        tags=tuple(row["tags"]),
    )
