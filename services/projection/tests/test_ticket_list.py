"""`GET /v1/tickets`: each filter, each order, search, and pages that stay right while rows come."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from stored import Connection, project
from ticket_history import START, TicketHistory, as_imported


def tickets() -> list[TicketHistory]:
    """Three tickets that differ in everything a filter can ask for."""
    first = TicketHistory(1, channel="email", queue="cards", tags=("vip", "card"))
    first.score("very_negative", -0.9)
    first.triage("card_arrival")
    first.escalate()
    first.draft()
    second = TicketHistory(
        2,
        channel="sms",
        queue="billing",
        created_at=START + timedelta(hours=1),
        subject="Refund please",
        body="You charged me twice and nobody answers my calls.",
        email="Ann@Example.com",
    )
    second.score("positive", 0.5)
    second.triage("refund")
    second.draft()
    second.approve()
    second.update(priority="urgent", status="pending")
    third = TicketHistory(3, created_at=START + timedelta(hours=2), body="A question, no hurry")
    third.resolve()
    return [first, second, third]


@pytest.fixture
async def seeded(database: Connection) -> list[TicketHistory]:
    written = tickets()
    await project(database, *[ticket.events for ticket in written])
    # An event about a ticket whose `ticket.created` has not come: never listed.
    await project(database, [TicketHistory(4).score()])
    return written


async def numbers(
    client: httpx.AsyncClient, seeded: list[TicketHistory], **query: Any
) -> list[int]:
    """The numbers of the tickets that are listed."""
    answer = await client.get("/v1/tickets", params=query)
    assert answer.status_code == 200, answer.text
    by_id = {str(ticket.ticket_id): ticket.number for ticket in seeded}
    return [by_id[ticket["id"]] for ticket in answer.json()["tickets"]]


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [3, 2, 1]),
    ({"status": "pending"}, [2]),
    ({"status": ["open", "resolved"]}, [3, 1]),
    ({"priority": "urgent"}, [2]),
    ({"queue": "cards"}, [1]),
    ({"channel": ["sms", "rest"]}, [2]),
    ({"customer_email": "ann@example.COM"}, [2]),
    ({"sentiment": "very_negative"}, [1]),
    ({"intent": "refund"}, [2]),
    ({"escalated": "true"}, [1]),
    ({"escalated": "false"}, [3, 2]),
    ({"tag": "vip"}, [1]),
    ({"tag": "vip", "queue": "billing"}, []),
    ({"language": "en", "status": "open"}, [1]),
    ({"has_draft": "true"}, [1]),
    ({"has_draft": "false"}, [3, 2]),
    ({"assignee_id": "nobody"}, []),
    ({"created_from": (START + timedelta(hours=1)).isoformat()}, [3, 2]),
    ({"created_to": (START + timedelta(hours=1)).isoformat()}, [1]),
    ({"updated_from": (START + timedelta(hours=2)).isoformat()}, [3]),
    ({"updated_to": (START + timedelta(hours=1)).isoformat()}, [1]),
    ({"q": "refund"}, [2]),
    ({"q": "charging -refund"}, []),
    ({"q": '"charged me twice"'}, [2]),
    ({"q": "card or hurry"}, [3, 1]),
    ({"q": "the"}, []),
    ({"sort": "created_at"}, [1, 2, 3]),
    ({"sort": "-updated_at"}, [3, 2, 1]),
    ({"sort": "-priority"}, [2, 3, 1]),
    ({"sort": "sentiment"}, [1, 3, 2]),
]


async def test_each_filter_and_order(
    client: httpx.AsyncClient, seeded: list[TicketHistory]
) -> None:
    for query, expected in FILTERS:
        assert await numbers(client, seeded, **query) == expected, query


async def test_customer_id_filter_and_the_row(
    client: httpx.AsyncClient, seeded: list[TicketHistory]
) -> None:
    answer = await client.get("/v1/tickets", params={"customer_id": str(seeded[0].customer.id)})
    [row] = answer.json()["tickets"]
    assert row["subject"] == "Card not arrived"
    assert row["tags"] == ["vip", "card"]
    assert row["sentiment"]["label"] == "very_negative"
    assert row["escalation"]["reasons"] == ["very_negative"]
    assert row["draft"]["status"] == "drafted"
    assert row["external"] == {"source": "zendesk", "id": "1", "url": None}
    assert "facets" not in row


@pytest.mark.parametrize(
    "sort",
    ["created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority", "sentiment",
     "-sentiment"],
)  # fmt: skip
async def test_pages_are_stable_while_tickets_come(
    client: httpx.AsyncClient, database: Connection, sort: str
) -> None:
    same_moment = [TicketHistory(number) for number in range(10, 21)]
    await project(database, [event for ticket in same_moment for event in ticket.events])
    seen: list[str] = []
    query = {"sort": sort, "limit": "3"}
    while True:
        page = (await client.get("/v1/tickets", params=query)).json()
        seen += [ticket["id"] for ticket in page["tickets"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
        before = START - timedelta(days=1) if sort.startswith("-") else START + timedelta(days=1)
        # What comes while pages are turned is beyond the last page or behind it, never in between.
        late = TicketHistory(100 + len(seen), created_at=before)
        if len(seen) < 9:
            await project(database, late.events)
    known = {str(ticket.ticket_id) for ticket in same_moment}
    assert sorted(ticket for ticket in seen if ticket in known) == sorted(known)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"cursor": "nonsense"}, "invalid-cursor"),
        ({"cursor": "é"}, "invalid-cursor"),
        ({"cursor": "WyJjcmVhdGVkX2F0IixbXV0="}, "invalid-cursor"),
        ({"status": "lost"}, "invalid-request"),
        ({"limit": "0"}, "invalid-request"),
        ({"limit": "201"}, "invalid-request"),
        ({"q": "a\x00b"}, "invalid-request"),
        ({"q": "x" * 201}, "invalid-request"),
        ({"sort": "subject"}, "invalid-request"),
        ({"colour": "red"}, "invalid-request"),
        ({"created_from": "2026-01-01T00:00:00"}, "invalid-request"),
        ({"customer_id": "7"}, "invalid-request"),
        ({"tag": ["x"] * 21}, "invalid-request"),
    ],
)
async def test_wrong_questions_are_refused(
    client: httpx.AsyncClient, query: dict[str, Any], code: str
) -> None:
    answer = await client.get("/v1/tickets", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:deskstream:problem:{code}"


async def test_a_cursor_of_another_order_is_refused(
    client: httpx.AsyncClient, seeded: list[TicketHistory]
) -> None:
    page = (await client.get("/v1/tickets", params={"limit": 1})).json()
    query = {"cursor": page["next_cursor"], "sort": "priority"}
    assert (await client.get("/v1/tickets", params=query)).status_code == 422


async def test_a_key_is_needed(client: httpx.AsyncClient) -> None:
    for path in ("/v1/tickets", "/v1/analytics/summary"):
        answer = await client.get(path, headers={"Authorization": "Bearer wrong"})
        assert answer.status_code == 401


async def test_imported_tickets_can_be_told_from_others(
    client: httpx.AsyncClient, database: Connection
) -> None:
    here, past = TicketHistory(1), TicketHistory(2)
    past.message("outbound")
    imported_at = START + timedelta(days=700)
    await project(database, here.events, as_imported(past.events, imported_at))
    both = [here, past]
    assert await numbers(client, both, imported="true") == [2]
    assert await numbers(client, both, imported="false") == [1]
    assert sorted(await numbers(client, both)) == [1, 2]
    row = (await client.get(f"/v1/tickets/{past.ticket_id}")).json()
    assert row["imported"] is True
    assert datetime.fromisoformat(row["imported_at"]) == imported_at
    assert row["resumed_at"] is None
    assert datetime.fromisoformat(row["last_activity_at"]) == past.events[-1].time
    messages = (await client.get(f"/v1/tickets/{past.ticket_id}/messages")).json()["messages"]
    assert [message["imported"] for message in messages] == [True, True]
    timeline = (await client.get(f"/v1/tickets/{past.ticket_id}/timeline")).json()["events"]
    assert all(event["summary"]["imported"] for event in timeline)
    other = (await client.get(f"/v1/tickets/{here.ticket_id}")).json()
    assert (other["imported"], other["imported_at"]) == (False, None)
