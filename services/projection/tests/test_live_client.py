"""The queue of one live client."""

import asyncio
import json
from uuid import uuid4

import pytest

from deskstream_projection.api.live.client import LiveClient
from deskstream_projection.api.live.messages import Subscribe
from deskstream_projection.api.live.rate import MessageRate
from deskstream_projection.domain.ticket_filter import TicketFilter

FACETS = frozenset({"status:open", "queue:cards"})


def subscribed(**asked: object) -> LiveClient:
    client = LiveClient(queue_max=8)
    client.subscribe(Subscribe(type="subscribe", channel="tickets", **asked))  # type: ignore[arg-type]
    return client


async def sent_by(client: LiveClient) -> list[str]:
    """What the client's queue holds."""
    messages: list[str] = []

    async def send(text: str) -> None:
        messages.append(text)

    task = asyncio.create_task(client.send_all(send, 1.0))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return messages


def test_a_filter_chooses_tickets() -> None:
    client = subscribed(filter=TicketFilter(status=("open", "pending"), queue=("cards",)))
    assert client.wants_ticket(uuid4(), FACETS)
    assert not client.wants_ticket(uuid4(), frozenset({"status:open"}))


def test_ids_choose_tickets_beside_a_filter() -> None:
    ticket_id = uuid4()
    only_ids = subscribed(ticket_ids=frozenset({ticket_id}))
    both = subscribed(ticket_ids=frozenset({ticket_id}), filter=TicketFilter(queue=("cards",)))
    assert only_ids.wants_ticket(ticket_id, frozenset())
    assert not only_ids.wants_ticket(uuid4(), FACETS)
    assert both.wants_ticket(ticket_id, frozenset())
    assert both.wants_ticket(uuid4(), FACETS)


def test_without_filter_or_ids_every_ticket_is_wanted_and_after_unsubscribing_none() -> None:
    client = subscribed()
    assert client.wants_ticket(uuid4(), frozenset())
    client.unsubscribe("tickets")
    assert not client.wants_ticket(uuid4(), FACETS)


async def test_a_full_queue_becomes_one_refresh_from_the_newest_cursor() -> None:
    client = subscribed()
    for number in range(9):
        client.push_change(json.dumps({"number": number}), cursor=100 + number)
    assert [json.loads(text) for text in await sent_by(client)] == [
        {"type": "refresh", "cursor": 108}
    ]


async def test_a_refresh_replaces_news_alone_and_answers_keep_their_place() -> None:
    client = subscribed()
    client.reached(99)
    client.push("hello")
    for number in range(9):
        client.push_news(f"news {number}")
    client.push("subscribed")
    client.push_news("later")
    refresh = '{"type":"refresh","cursor":99}'
    assert await sent_by(client) == ["hello", refresh, "subscribed", "later"]


async def test_a_refresh_never_goes_back() -> None:
    client = subscribed()
    client.push_change("newer", cursor=7)
    for _ in range(8):
        client.push_change("older", cursor=3)
    assert [json.loads(text) for text in await sent_by(client)] == [
        {"type": "refresh", "cursor": 7}
    ]


def test_a_burst_is_taken_then_so_many_a_second() -> None:
    rate = MessageRate(per_s=2, burst=3, now_s=10)
    assert [rate.allows(10) for _ in range(4)] == [True, True, True, False]
    assert [rate.allows(10.5) for _ in range(2)] == [True, False]
    assert [rate.allows(100) for _ in range(4)] == [True, True, True, False]


async def test_a_client_that_takes_nothing_is_given_up() -> None:
    client = subscribed()
    client.push("{}")

    async def never(_: str) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await client.send_all(never, 0.01)


def test_a_ticket_whose_past_is_imported_is_no_news() -> None:
    ticket_id, facets = uuid4(), FACETS | {"imported:yes"}
    everything = subscribed()
    assert everything.wants_ticket(ticket_id, facets)
    assert not everything.wants_ticket(ticket_id, facets, is_news=False)
    by_id = subscribed(ticket_ids=frozenset({ticket_id}))
    assert by_id.wants_ticket(ticket_id, facets, is_news=False)
    imported = subscribed(filter=TicketFilter(imported=True))
    assert imported.wants_ticket(ticket_id, facets, is_news=False)
