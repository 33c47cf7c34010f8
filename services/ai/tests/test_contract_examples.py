"""Every example of every topic this service reads, twice and in any order."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from ai_desk import AiDesk

from deskstream_contracts import Event, topics_read_by
from deskstream_contracts.structured import from_document

EXAMPLES = Path(__file__).parents[3] / "libs" / "contracts" / "examples"
TABLES = ("conversation", "conversation_message", "customer", "draft_request", "draft_feedback")


def examples(variant: str) -> list[Event[Any]]:
    """`full` and `minimal` are different histories of the same ticket: each is used alone."""
    return [
        from_document(json.loads(path.read_text("utf-8")))
        for topic in topics_read_by("ai")
        for path in sorted((EXAMPLES / topic.name / "v1").glob(f"{variant}.json"))
    ]


async def stored(desk: AiDesk) -> dict[str, list[dict[str, Any]]]:
    return {table: await desk.rows(table) for table in TABLES}


def test_every_topic_has_examples() -> None:
    assert {event.data.event_type for event in examples("full")} == {
        topic.name for topic in topics_read_by("ai")
    }


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("variant", ["full", "minimal"])
async def test_any_order_leaves_the_same_rows(desk: AiDesk, variant: str, seed: int) -> None:
    events = examples(variant)
    await desk.handle(*events)
    expected = await stored(desk)
    async with desk.infrastructure.database.connection() as connection:
        await connection.execute(f"truncate {', '.join(TABLES)}, work")
    shuffled = random.Random(seed).sample(events, len(events))
    for event in shuffled:
        await desk.handle(event)
    await desk.handle(*shuffled)
    assert await stored(desk) == expected


async def test_all_work_of_the_examples_can_be_performed(desk: AiDesk) -> None:
    await desk.handle(*examples("full"), *examples("minimal"))
    assert await desk.perform_work() == []
    assert len(await desk.outbox()) > 0
