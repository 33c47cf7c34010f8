"""Rows from before a migration, after it and after the way back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.history.sla_started_v1 import SlaStartedV1
from deskstream_contracts.structured import from_document
from deskstream_projection.domain.read_models.timeline import entry
from deskstream_runtime.testing.migrations import forth_and_back

_MINUTE = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
_ADD_ENTRY = """
insert into timeline (
    event_id, subject, revision, event_type, occurred_at, recorded_at, actor_kind, summary,
    transaction_id)
values ($1, $1, 1, 'sla.started', $2, $2, 'system', $3, 1)
"""
_ADD_COUNT = """
insert into roll_up (grain, start, event_type, label, channel, count, total_milli)
values ('minute', $1, 'sla.started', $2, '', 3, 0)
"""


async def test_what_version_1_of_sla_started_left_is_as_if_read_now(
    new_database: Callable[..., str],
) -> None:
    up, down = forth_and_back("deskstream_projection", since="20261129000400")
    document = this_checkout().example(SlaStartedV1, "full")
    event = from_document(document)
    old = json.dumps(document["data"], separators=(",", ":"))
    connection = await asyncpg.connect(new_database("deskstream_projection"))
    try:
        await connection.execute(down)
        await connection.execute(_ADD_ENTRY, event.id, _MINUTE, old)
        for clock in ("first_response", "resolution"):
            await connection.execute(_ADD_COUNT, _MINUTE, clock)
        await connection.execute(up)
        assert await summary(connection, event.id) == entry(event).summary
        counts = await connection.fetch("select label, count from roll_up where grain = 'minute'")
        assert [tuple(row) for row in counts] == [("", 6)]
        await connection.execute(down)
        assert json.loads(await summary(connection, event.id)) == document["data"]
    finally:
        await connection.close()


async def summary(connection: Any, event_id: UUID) -> str:
    text = await connection.fetchval("select summary from timeline where event_id = $1", event_id)
    assert isinstance(text, str)
    return text
