"""A ticket's whole life, seen through the public API and what reaches people."""

import uuid
from typing import Any

import httpx
from whole_stack import WholeStack

from deskstream_runtime.testing.waiting import eventually

ARTICLE = {
    "title": "When your espresso machine drips",
    "body": "A dripping espresso machine needs a new gasket. Order the gasket for free in the app "
    "under Spare parts, it arrives within three working days. Until then, tighten the handle.",
}

WHOLE_LIFE = {
    "ticket.created",
    "sentiment.scored",
    "ticket.triaged",
    "reply.drafted",
    "reply.approved",
    "ticket.message_added",
    "notification.sent",
    "reply.delivered",
    "ticket.resolved",
    "sla.met",
}


async def publish_article(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/articles", json=ARTICLE, headers={"Idempotency-Key": "espresso-article"}
    )
    assert answer.status_code in {200, 201}, answer.text


async def new_ticket(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    name = uuid.uuid4().hex[:8]
    request = {
        "subject": "My espresso machine drips",
        "body": "Hello, my espresso machine is dripping, which gasket do I need?",
        "customer": {"email": f"{name}@example.com", "name": "Kim Ono"},
    } | fields
    answer = await client.post("/v1/tickets", json=request)
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"1"'
    ticket: dict[str, Any] = answer.json()
    return ticket | {"email": request["customer"]["email"]}


async def view(client: httpx.AsyncClient, ticket_id: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/tickets/{ticket_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def timeline_types(client: httpx.AsyncClient, ticket_id: str) -> list[str]:
    answer = await client.get(f"/v1/tickets/{ticket_id}/timeline", params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return [event["event_type"] for event in answer.json()["events"]]


async def test_from_first_message_to_delivered_reply(stack: WholeStack) -> None:
    async with stack.client() as client:
        await publish_article(client)
        await stack.settled()
        ticket = await new_ticket(client)
        ticket_id = ticket["id"]

        async def understood() -> dict[str, Any] | None:
            """The view once all three facts are in: they come in any order."""
            found = await view(client, ticket_id)
            facts = (found["sentiment"], found["triage"], found["drafts"])
            return found if all(facts) else None

        await eventually(lambda: _exists(client, ticket_id), what="the ticket in the view")
        found = await eventually(understood, what="sentiment, triage and a draft")
        assert found["triage"]["intent"]
        assert found["sentiment"]["label"]
        assert "gasket" in found["drafts"][0]["body"]

        draft_id = found["drafts"][0]["id"]
        approved = await client.post(f"/v1/tickets/{ticket_id}/drafts/{draft_id}/approve")
        assert approved.status_code == 200, approved.text

        async def mailed() -> dict[str, Any] | None:
            return await mail_to(stack, ticket["email"])

        mail = await eventually(mailed, what="the e-mail")
        assert "gasket" in str(mail)

        async def delivered() -> bool:
            return "reply.delivered" in await timeline_types(client, ticket_id)

        await eventually(delivered, what="reply.delivered in the timeline")
        version = approved.json()["ticket"]["version"]
        resolved = await client.post(
            f"/v1/tickets/{ticket_id}/resolve", headers={"If-Match": f'"{version}"'}
        )
        assert resolved.status_code == 200, resolved.text
        read = await client.get(
            f"/v1/tickets/{ticket_id}", params={"min_version": resolved.json()["version"]}
        )
        assert read.json()["status"] == "resolved"
        await stack.settled()
        types = await timeline_types(client, ticket_id)
        assert types[0] == "ticket.created"
        assert not WHOLE_LIFE - set(types)


async def _exists(client: httpx.AsyncClient, ticket_id: str) -> bool:
    return (await client.get(f"/v1/tickets/{ticket_id}")).status_code == 200


async def mail_to(stack: WholeStack, address: str) -> dict[str, Any] | None:
    async with stack.client() as client:
        mails: list[dict[str, Any]] = (await client.get(f"{stack.catcher}/mails")).json()["mails"]
    return next((mail for mail in mails if address in mail["recipients"]), None)


async def test_an_angry_customer_is_escalated_and_someone_is_told(stack: WholeStack) -> None:
    async with stack.client() as client:
        ticket = await new_ticket(
            client,
            subject="I am furious",
            body="This is horrible, terrible, the worst service ever. I hate it and I am furious!",
        )

        async def escalated() -> bool:
            return "escalated" in await timeline_types(client, ticket["id"])

        await eventually(lambda: _exists(client, ticket["id"]))
        await eventually(escalated, what="the escalation")

        async def raised() -> bool:
            escalation = (await view(client, ticket["id"]))["escalation"]
            return escalation is not None and escalation["level"] >= 1

        await eventually(raised, what="the level applied to the ticket")


async def test_the_same_key_gives_the_same_ticket(stack: WholeStack) -> None:
    async with stack.client() as client:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"body": "Only once, please."}
        first = await client.post("/v1/tickets", json=body, headers=key)
        again = await client.post("/v1/tickets", json=body, headers=key)
        other = await client.post("/v1/tickets", json={"body": "Another"}, headers=key)
        assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
        assert first.json() == again.json()


async def test_generate_response_answers_for_a_ticket(stack: WholeStack) -> None:
    async with stack.client() as client:
        await publish_article(client)
        ticket = await new_ticket(client)

        async def answered() -> dict[str, Any] | None:
            answer = await client.post("/ai/generate-response", json={"ticket_id": ticket["id"]})
            return answer.json() if answer.status_code in {200, 201} else None

        response = await eventually(answered, what="a response")
        assert "gasket" in response["body"]
        assert response["sources"]
