"""POST /ai/generate-response."""

from typing import Any
from uuid import uuid4

import pytest
from ai_desk import AiDesk, message_added, ticket_created, types

URL = "/ai/generate-response"
ARTICLE = {
    "title": "When do refunds arrive?",
    "body": "A refund takes five to seven days.",
    "tags": ["refund"],
}


async def test_a_draft_for_the_last_message_is_returned_and_announced(desk: AiDesk) -> None:
    await desk.publish_article(**ARTICLE)
    created = ticket_created("Hello")
    last = message_added(created.subject, "When does my refund arrive?")
    await desk.handle(created, last)
    answer = await desk.http.post(URL, json={"ticket_id": str(created.subject), "tone": "formal"})
    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert body["message_id"] == str(last.data.message_id)
    assert "five to seven days" in body["body"]
    assert body["model"]["provider"] == "local"
    assert len(body["sources"]) == 1
    event = (await desk.outbox())[-1]
    data: Any = event.data
    assert str(data.draft_id) == body["draft_id"]
    assert (event.subject, event.correlation_id, event.causation_id) == (
        created.subject,
        created.id,
        None,
    )


async def test_the_same_key_gives_the_same_draft(desk: AiDesk) -> None:
    await desk.publish_article(**ARTICLE)
    created = ticket_created("When does my refund arrive?")
    await desk.handle(created)
    headers = {"Idempotency-Key": "k1"}
    answers = [
        await desk.http.post(URL, json={"ticket_id": str(created.subject)}, headers=headers)
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert types(await desk.outbox()).count("reply.drafted") == 1


async def test_an_unknown_ticket(desk: AiDesk) -> None:
    answer = await desk.http.post(URL, json={"ticket_id": str(uuid4())})
    assert answer.status_code == 404


async def test_no_knowledge_is_a_conflict_and_nothing_is_announced(desk: AiDesk) -> None:
    created = ticket_created()
    await desk.handle(created)
    answer = await desk.http.post(URL, json={"ticket_id": str(created.subject)})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:deskstream:problem:no-knowledge"
    assert await desk.outbox() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ticket_id": "7"},
        {"ticket_id": str(uuid4()), "tone": "Not A Code"},
        {"ticket_id": str(uuid4()), "instructions": "x" * 2_001},
        {"ticket_id": str(uuid4()), "unknown": 1},
    ],
)
async def test_wrong_requests(desk: AiDesk, body: dict[str, object]) -> None:
    answer = await desk.http.post(URL, json=body)
    assert answer.status_code == 422
