"""The whole service on a real log: a ticket in, what it means and an answer out."""

from collections.abc import Callable
from typing import Any

import httpx
from ai_desk import ticket_created

from deskstream_ai.app import build
from deskstream_ai.settings import Settings
from deskstream_contracts import decode
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.waiting import eventually

ARTICLE = {
    "title": "When do refunds arrive?",
    "body": "A refund takes five to seven days.",
    "tags": ["refund"],
}


async def told(bootstrap: str, topic: str, ticket_id: object) -> list[Any]:
    events = [decode(r.topic, r.headers, r.value) for r in await read_all(bootstrap, topic)]
    return [event for event in events if event.subject == ticket_id]


async def test_a_ticket_goes_in_and_facts_come_out(
    kafka_topics: str, service_settings: Callable[..., Any], api_key: str
) -> None:
    service = build(service_settings(Settings, "deskstream_ai"))
    created = ticket_created("When does my refund arrive?")
    async with service.running():
        async with httpx.AsyncClient(
            base_url=service.url, headers={"Authorization": f"Bearer {api_key}"}
        ) as http:
            assert (await http.post("/v1/articles", json=ARTICLE)).status_code == 201
        async with log_writer(kafka_topics) as log:
            await log.write(created, created)
        for topic in ("sentiment.scored", "ticket.triaged", "reply.drafted"):

            async def is_told(topic: str = topic) -> bool:
                return len(await told(kafka_topics, topic, created.subject)) == 1

            await eventually(is_told, what=topic)
