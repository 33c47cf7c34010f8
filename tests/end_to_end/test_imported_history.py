"""A past that is brought in disturbs nobody; the customer's next message does what any does."""

import uuid
from collections import Counter
from functools import partial
from typing import Any

import httpx
from webhook_receiver import webhook_receiver
from whole_stack import WholeStack

from deskstream_runtime.testing.waiting import eventually

_QUIET = (
    "sla.started", "sla.warned", "sla.breached", "sla.met", "escalated", "deescalated",
    "reply.requested", "reply.drafted", "reply.draft_failed", "reply.auto_approved",
    "reply.approved", "reply.delivered", "reply.undeliverable",
    "notification.sent", "notification.failed",
)  # fmt: skip
ARTICLE = {
    "title": "When your espresso machine drips",
    "body": "A dripping espresso machine needs a new gasket. Order the gasket for free in the app "
    "under Spare parts, it arrives within three working days. Until then, tighten the handle.",
}
_ANGRY = "This is fraud! I hate you, worst support ever, I will call my lawyer!"


def past(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "external": {"source": "old-desk", "id": name},
        "customer": {"email": f"{name}@example.com", "name": "Kim Ono"},
        "body": _ANGRY,
        "priority": "urgent",
        "occurred_at": "2023-02-05T08:00:00Z",
        "messages": [
            {"kind": "inbound", "body": _ANGRY, "occurred_at": "2023-02-05T08:01:00Z"},
            {"kind": "inbound", "body": _ANGRY, "occurred_at": "2023-02-05T08:02:00Z"},
            {"kind": "outbound", "body": "We are sorry.", "occurred_at": "2023-02-05T09:30:00Z"},
            {"kind": "inbound", "body": "Too late!", "occurred_at": "2023-02-06T10:00:00Z"},
        ],
    } | fields


async def bring_in(client: httpx.AsyncClient, **fields: Any) -> str:
    answer = await client.post(
        "/v1/tickets/history", json=past(f"h{uuid.uuid4().hex[:10]}", **fields)
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def facts_of(stack: WholeStack, ticket_ids: set[str], *topics: str) -> Counter[str]:
    events = await stack.events(*topics)
    return Counter(event.type for event in events if str(event.subject) in ticket_ids)


async def test_history_is_quiet_until_the_customer_writes(stack: WholeStack) -> None:
    async with stack.client() as client, webhook_receiver() as receiver:
        await client.post(
            "/v1/articles", json=ARTICLE, headers={"Idempotency-Key": "espresso-article"}
        )
        await stack.settled()
        hook = await client.post(
            "/v1/webhooks",
            json={
                "url": receiver.url,
                "event_types": ["ticket.created", "ticket.message_added", "ticket.resolved"],
            },
        )
        assert hook.status_code == 201, hook.text
        before = await last_hour(client)
        plain = {await bring_in(client) for _ in range(3)}
        still_open = {await bring_in(client, status="open")}
        analysed = {await bring_in(client, analyse=True)}
        tickets = plain | still_open | analysed
        for ticket_id in tickets:
            await eventually(partial(_is_there, client, ticket_id), what="the view")
        await stack.settled()

        assert await facts_of(stack, tickets, *_QUIET) == {}
        assert not tickets & {event["subject"] for event in receiver.events}
        announced = await facts_of(stack, tickets, "sentiment.scored", "ticket.triaged")
        assert announced == {"sentiment.scored": 4, "ticket.triaged": 4}
        assert await facts_of(stack, plain | still_open, "sentiment.scored") == {}
        for ticket_id in tickets:
            found = await view(client, ticket_id)
            assert found["imported"] is True
            assert found["sla"] == {}
            assert found["escalation"] is None
            assert found["created_at"] == "2023-02-05T08:00:00Z"
        assert await last_hour(client) == before

        for ticket_id in tickets:
            answer = await client.post(
                f"/v1/tickets/{ticket_id}/messages",
                json={
                    "kind": "inbound",
                    "body": "I hate this! My espresso machine is dripping again, terrible! "
                    "Which gasket do I need?",
                },
            )
            assert answer.status_code == 201, answer.text
        await stack.settled()
        for ticket_id in tickets:
            types = await timeline_types(client, ticket_id)
            for wanted in ("sentiment.scored", "ticket.triaged", "reply.drafted", "sla.started"):
                assert wanted in types, (wanted, types)
            assert "notification.sent" in types
            found = await view(client, ticket_id)
            assert found["status"] == "open"
            assert found["resumed_at"] is not None
        called_about = Counter(event["subject"] for event in receiver.events)
        assert tickets <= called_about.keys(), "webhooks are called again"
        assert await facts_of(stack, tickets, "escalated") == {"escalated": len(tickets)}
        answered = next(iter(plain))
        draft_id = (await view(client, answered))["drafts"][0]["id"]
        approved = await client.post(f"/v1/tickets/{answered}/drafts/{draft_id}/approve")
        assert approved.status_code == 200, approved.text

        async def delivered() -> bool:
            return "reply.delivered" in await timeline_types(client, answered)

        await eventually(delivered, what="the answer to the customer")
        await client.delete(f"/v1/webhooks/{hook.json()['id']}")


async def last_hour(client: httpx.AsyncClient) -> int:
    """Tickets created lately, as the numbers without a past say."""
    answer = await client.get("/v1/analytics/summary", params={"imported": "exclude"})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["created"])


async def view(client: httpx.AsyncClient, ticket_id: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/tickets/{ticket_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def timeline_types(client: httpx.AsyncClient, ticket_id: str) -> list[str]:
    answer = await client.get(f"/v1/tickets/{ticket_id}/timeline", params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return [event["event_type"] for event in answer.json()["events"]]


async def _is_there(client: httpx.AsyncClient, ticket_id: str) -> bool:
    return (await client.get(f"/v1/tickets/{ticket_id}")).status_code == 200
