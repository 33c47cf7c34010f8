"""Every example of every topic ingest reads goes through its handlers, in any order and twice."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from ingest_desk import Desk

from deskstream_contracts import Event, topics_read_by
from deskstream_contracts.events.notification import NotificationSent
from deskstream_contracts.structured import from_document
from deskstream_ingest.adapters import ticket_repository
from deskstream_ingest.domain.aggregate import TicketAggregate, fold
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

EXAMPLES = Path(__file__).parents[3] / "libs" / "contracts" / "examples"


def examples(topic: str) -> list[Event[Any]]:
    return [
        from_document(json.loads(path.read_text("utf-8")))
        for path in sorted((EXAMPLES / topic).rglob("*.json"))
    ]


READ = [event for topic in topics_read_by("ingest") for event in examples(topic.name)]


async def create_ticket_of_examples(desk: Desk) -> None:
    (created,) = [
        event for event in examples("ticket.created") if event.data.ticket.status == "open"
    ]
    ticket = fold(TicketAggregate(created.subject), [created.data]).ticket
    assert ticket is not None

    async def act(tx: Transaction) -> Effects:
        await ticket_repository.insert(tx, ticket)
        return NO_EFFECTS

    await desk.infrastructure.unit_of_work.run(act)


async def take_all(desk: Desk, events: list[Event[Any]]) -> list[Event[Any]]:
    facts = [event for event in events if not isinstance(event.data, NotificationSent)]
    sent = [event for event in events if isinstance(event.data, NotificationSent)]

    async def act(tx: Transaction) -> Effects:
        return await desk.facts.keep_provider_messages(tx, sent)

    await desk.infrastructure.unit_of_work.run(act)
    return await desk.take(facts)


def test_there_are_examples_of_every_topic() -> None:
    assert {event.type for event in READ} == {topic.name for topic in topics_read_by("ingest")}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("seed", range(4))
async def test_all_examples_are_taken_and_change_nothing_twice(
    desk: Desk, seed: int, known: bool
) -> None:
    if known:
        await create_ticket_of_examples(desk)
    shuffled = random.Random(seed).sample(READ, len(READ))
    followed = await take_all(desk, shuffled)
    state = [await desk.rows(table) for table in ("ticket", "draft", "provider_message")]

    assert bool(followed) == known
    assert await take_all(desk, shuffled) == []
    again = [await desk.rows(table) for table in ("ticket", "draft", "provider_message")]
    assert again == state
