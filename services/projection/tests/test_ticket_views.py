"""One ticket: its state, messages, timeline, and waiting for a version."""

import asyncio
from uuid import uuid4

import httpx
from histories import STEPS, history_of
from stored import Connection, project
from ticket_history import TicketHistory

from deskstream_contracts.events.ticket import TicketCreated
from deskstream_runtime.service import Service
from deskstream_runtime.testing.log import log_writer


async def test_a_ticket_has_its_customer_drafts_and_etag(
    client: httpx.AsyncClient, database: Connection
) -> None:
    ticket = TicketHistory(1)
    ticket.draft()
    ticket.reject()
    ticket.draft()
    await project(database, ticket.events)
    answer = await client.get(f"/v1/tickets/{ticket.ticket_id}")
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"1"'
    body = answer.json()
    assert body["customer_profile"]["name"] == "Maya Lindqvist"
    assert [draft["status"] for draft in body["drafts"]] == ["drafted", "rejected"]


async def test_a_ticket_shows_what_it_came_with(
    client: httpx.AsyncClient, database: Connection
) -> None:
    ticket = TicketHistory(1)
    (created,) = ticket.events
    assert isinstance(created.data, TicketCreated)
    customer = created.data.customer.model_copy(update={"unusable_addresses": ("020 7946 0018",)})
    data = created.data.model_copy(
        update={"attributes": {"order_number": "77"}, "customer": customer}
    )
    await project(database, [created._replace(data=data)])

    body = (await client.get(f"/v1/tickets/{ticket.ticket_id}")).json()

    assert body["attributes"] == {"order_number": "77"}
    assert body["unusable_addresses"] == ["020 7946 0018"]


async def test_unknown_tickets_are_404(client: httpx.AsyncClient) -> None:
    for path in ("", "/messages", "/timeline"):
        answer = await client.get(f"/v1/tickets/{uuid4()}{path}")
        assert answer.status_code == 404


async def bodies_in_pages(
    client: httpx.AsyncClient, ticket: TicketHistory, *, of: int
) -> list[str]:
    """The texts of all messages, read in pages of so many."""
    bodies: list[str] = []
    query = {"limit": str(of)}
    while True:
        address = f"/v1/tickets/{ticket.ticket_id}/messages"
        page = (await client.get(address, params=query)).json()
        bodies += [message["body"] for message in page["messages"]]
        if page["next_cursor"] is None:
            return bodies
        query["cursor"] = page["next_cursor"]


async def test_messages_and_timeline_come_in_pages(
    client: httpx.AsyncClient, database: Connection
) -> None:
    ticket = TicketHistory(1)
    for number in range(5):
        ticket.message("inbound", f"message {number}")
    await project(database, ticket.events[::-1])
    base = f"/v1/tickets/{ticket.ticket_id}"
    bodies = await bodies_in_pages(client, ticket, of=4)
    assert bodies[1:] == [f"message {number}" for number in range(5)]
    first = (await client.get(f"{base}/timeline", params={"limit": 4})).json()
    rest = (await client.get(f"{base}/timeline", params={"cursor": first["next_cursor"]})).json()
    assert [event["sequence"] for event in first["events"] + rest["events"]] == [1, 2, 3, 4, 5, 6]
    assert rest["next_cursor"] is None
    wrong = await client.get(f"{base}/messages", params={"cursor": first["next_cursor"]})
    assert wrong.status_code == 422


async def test_messages_of_one_time_are_in_the_order_of_the_ticket(
    client: httpx.AsyncClient, database: Connection
) -> None:
    ticket = TicketHistory(1)
    for number in range(20):
        ticket.message("note", f"message {number}")
    at = ticket.events[0].data.occurred_at
    past = [
        event._replace(data=event.data.model_copy(update={"occurred_at": at, "imported": True}))
        for event in ticket.events
    ]
    await project(database, past[::-1])

    bodies = await bodies_in_pages(client, ticket, of=3)

    assert bodies == [ticket.body, *(f"message {number}" for number in range(20))]


async def test_every_kind_of_history_can_be_read(
    client: httpx.AsyncClient, database: Connection
) -> None:
    events = history_of(1, [*STEPS])
    await project(database, events)
    for path in ("", "/messages", "/timeline"):
        answer = await client.get(f"/v1/tickets/{events[0].subject}{path}")
        assert answer.status_code == 200, answer.text


async def test_min_version_waits_for_the_version(
    service: Service, api_key: str, kafka_topics: str
) -> None:
    ticket = TicketHistory(2_000)
    ticket.update(priority="high")
    url = f"{service.url}/v1/tickets/{ticket.ticket_id}"
    headers = {"Authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(headers=headers) as http, log_writer(kafka_topics) as log:
        await log.write(*ticket.events[:1])
        assert (await http.get(url, params={"min_version": 1}, timeout=15)).status_code == 200
        asked = asyncio.create_task(http.get(url, params={"min_version": 2}, timeout=15))
        await log.write(*ticket.events[1:])
        answer = await asked
    assert answer.status_code == 200
    assert answer.json()["version"] == 2


async def test_min_version_says_when_the_view_is_behind(
    client: httpx.AsyncClient, database: Connection
) -> None:
    ticket = TicketHistory(1)
    await project(database, ticket.events)
    behind = await client.get(f"/v1/tickets/{ticket.ticket_id}", params={"min_version": 9})
    assert behind.status_code == 409
    assert behind.headers["retry-after"] == "1"
    unknown = await client.get(f"/v1/tickets/{uuid4()}", params={"min_version": 1})
    assert unknown.status_code == 404
