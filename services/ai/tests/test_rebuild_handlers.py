"""The memory of a rebuild between batches outlives a batch that was rolled back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg

from deskstream_ai.handlers.rebuild import RebuildHandlers
from deskstream_contracts import Event
from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.ticket import TicketTriaged
from deskstream_runtime.clock import utc_now
from deskstream_runtime.testing.batches import committed, rolled_back

MESSAGE = UUID(int=1)


def event_of(body: SentimentScored | TicketTriaged, number: int) -> Event[Any]:
    return Event(UUID(int=number), UUID(int=9), body.occurred_at, body)


def events_of_an_analysis() -> tuple[Event[Any], Event[Any]]:
    common: dict[str, Any] = {
        "message_id": MESSAGE,
        "model": ModelRun(provider="local", name="rules", version="1"),
        "occurred_at": utc_now(),
    }
    scored = SentimentScored(label="neutral", score=0.0, confidence=0.9, **common)
    triaged = TicketTriaged(
        intent="refund",
        intent_confidence=0.9,
        priority="normal",
        priority_confidence=0.9,
        **common,
    )
    return event_of(scored, 2), event_of(triaged, 3)


async def test_the_first_half_is_known_when_the_second_comes_again(
    new_database: Callable[..., str],
) -> None:
    scored, triaged = events_of_an_analysis()
    handlers = RebuildHandlers()
    connection = await asyncpg.connect(new_database("deskstream_ai"))
    try:
        await committed(connection, handlers.analyses, [scored])
        await rolled_back(connection, handlers.analyses, [triaged])
        await committed(connection, handlers.analyses, [triaged])
        rows = await connection.fetch("select message_id, intent, sentiment from understanding")
        assert [tuple(row) for row in rows] == [(MESSAGE, "refund", "neutral")]
    finally:
        await connection.close()
