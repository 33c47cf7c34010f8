"""A rating is kept and answered, however often and in whatever order it comes."""

import json
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from uuid import uuid4

import pytest

from deskstream_contracts import Event
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.structured import from_document
from deskstream_newservice.handlers.events import EventHandlers
from deskstream_runtime.testing.app import RunningApp

EXAMPLES = Path(__file__).parents[3] / "libs/contracts/examples/csat.received/v1"


def example(kind: str) -> Event[CsatReceived]:
    return from_document(json.loads((EXAMPLES / f"{kind}.json").read_text()))


async def handle(app: RunningApp, *events: Event[CsatReceived]) -> None:
    """Each event in a batch of its own."""
    for event in events:
        await app.infrastructure.unit_of_work.run(
            lambda tx, event=event: EventHandlers().keep_ratings(tx, [event])
        )


@pytest.mark.parametrize("kind", ["full", "minimal"])
async def test_an_example_is_kept_however_often_it_comes(app: RunningApp, kind: str) -> None:
    event = example(kind)
    await handle(app, event, event)
    answer = (await app.http.get(f"/v1/tickets/{event.subject}/rating")).json()
    assert answer["score"] == event.data.score


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_latest_rating_counts_in_any_order(
    app: RunningApp, order: tuple[int, ...]
) -> None:
    first = example("full")
    events = [
        first._replace(
            id=uuid4(),
            data=first.data.model_copy(
                update={"score": day + 1, "occurred_at": first.data.occurred_at + timedelta(day)}
            ),
        )
        for day in range(3)
    ]
    await handle(app, *(events[index] for index in order))
    answer = (await app.http.get(f"/v1/tickets/{first.subject}/rating")).json()
    assert answer["score"] == 3


async def test_a_ticket_without_a_rating_is_not_found(app: RunningApp) -> None:
    assert (await app.http.get(f"/v1/tickets/{uuid4()}/rating")).status_code == 404
