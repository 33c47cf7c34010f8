"""The whole service on a real log: a ticket comes in, its analysis and a draft go out."""

from typing import Any
from uuid import UUID

from ai_desk import ticket_created
from ai_fake_openai import MODEL, fake_openai

from deskstream_ai.app import build
from deskstream_ai.settings import Settings
from deskstream_contracts import Event, decode
from deskstream_runtime.testing.app import running_service
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually

ARTICLE = {
    "title": "When do refunds arrive?",
    "body": "A refund takes five to seven days.",
    "tags": ["refund"],
}


async def published(bootstrap: str, topic: str, ticket_id: UUID) -> list[Event[Any]]:
    events = [decode(r.topic, r.headers, r.value) for r in await read_all(bootstrap, topic)]
    return [event for event in events if event.subject == ticket_id]


async def test_a_ticket_comes_in_and_events_go_out(
    kafka_topics: str, service_settings: SettingsFactory
) -> None:
    service = build(service_settings(Settings, "deskstream_ai"))
    created = ticket_created("When does my refund arrive?")
    async with running_service(service) as app:
        assert (await app.http.post("/v1/articles", json=ARTICLE)).status_code == 201
        async with log_writer(kafka_topics) as log:
            await log.write(created, created)
        for topic in ("sentiment.scored", "ticket.triaged", "reply.drafted"):

            async def is_published(topic: str = topic) -> bool:
                return len(await published(kafka_topics, topic, created.subject)) == 1

            await eventually(is_published, what=topic)


async def test_a_provider_that_refuses_us_is_a_warning_and_takes_no_traffic_away(
    kafka_topics: str, service_settings: SettingsFactory
) -> None:
    async with fake_openai() as provider:
        settings = service_settings(
            Settings,
            "deskstream_ai",
            ai_model="openai",
            ai_openai_base_url=provider.url,
            ai_openai_api_key="sk-wrong",
            ai_openai_model=MODEL,
        )
        created = ticket_created("When does my refund arrive?")
        async with running_service(build(settings)) as app:
            async with log_writer(kafka_topics) as log:
                await log.write(created)

            async def is_scored() -> bool:
                return len(await published(kafka_topics, "sentiment.scored", created.subject)) == 1

            await eventually(is_scored, what="the local model's answer")
            health = await app.http.get("/health/working")
            ready = await app.http.get("/health/ready")
    assert health.status_code == ready.status_code == 200, health.text
    assert "status 401, code invalid_api_key" in health.json()["warnings"]["model"]
    assert "sk-wrong" not in health.text
