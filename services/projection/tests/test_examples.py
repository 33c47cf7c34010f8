"""Every example of every topic goes through, twice and in any order."""

import random
from typing import Any

import pytest
from example_events import EXAMPLES, example_events
from stored import Connection, project, tables

from deskstream_contracts import topics_read_by
from deskstream_projection.domain.fold import EVENT_TYPES


def test_every_topic_read_has_a_fold() -> None:
    read = {topic.name for topic in topics_read_by("projection")}
    assert {event_type.event_type for event_type in EVENT_TYPES} == read


@pytest.mark.parametrize("seed", range(3))
async def test_every_example_twice_in_any_order(database: Connection, seed: int) -> None:
    events: list[Any] = example_events(EXAMPLES)
    assert {type(event.data) for event in events} == set(EVENT_TYPES)
    await project(database, events)
    straight = await tables(database)
    shuffled = [*events, *events]
    random.Random(seed).shuffle(shuffled)
    await database.execute(f"truncate {', '.join(straight)}")
    await project(database, shuffled[:20], shuffled[20:])
    again = await tables(database)
    assert again["timeline"] == straight["timeline"]
    assert again["roll_up"] == straight["roll_up"]
    assert {table: len(rows) for table, rows in again.items()} == {
        table: len(rows) for table, rows in straight.items()
    }
