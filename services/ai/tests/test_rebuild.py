"""What was said is known again from the log, and no model is asked a second time."""

from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
from ai_desk import message_added, ticket_created
from test_work import reply_requested

from deskstream_ai.app import TABLES, build
from deskstream_ai.settings import Settings
from deskstream_contracts import TOPICS, decode
from deskstream_runtime.rebuilding.rebuild import rebuild
from deskstream_runtime.rebuilding.state_dump import dump
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.waiting import eventually

OWNED = [topic.name for topic in TOPICS if topic.owner == "ai"]


async def test_understandings_and_articles_are_those_of_before(
    kafka_topics: str, service_settings: Callable[..., Any], api_key: str
) -> None:
    settings = service_settings(Settings, "deskstream_ai")
    created = ticket_created("When does my refund arrive?")
    added = message_added(created.subject, "I am furious, nobody answers!")
    asked = reply_requested(created.subject)
    service = build(settings)
    async with service.running(), log_writer(kafka_topics) as log:
        await with_articles(service.url, api_key)
        await log.write(created, added, asked)

        async def all_told() -> bool:
            records = await read_all(kafka_topics, "reply.drafted")
            drafted = [decode(one.topic, one.headers, one.value) for one in records]
            return sum(event.subject == created.subject for event in drafted) == 3

        await eventually(all_told, within_s=60, what="three drafts")
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        before = await dump(connection, TABLES)
        assert all(before[table] for table in TABLES if table not in {"customer", "draft_feedback"})
        in_log = {topic: len(await read_all(kafka_topics, topic)) for topic in OWNED}
        await rebuild(build, settings, lambda _: None)
        assert await dump(connection, TABLES) == before
        async with build(settings).running():
            rows = await connection.fetch("select kind from work")
            assert rows == []
        assert {topic: len(await read_all(kafka_topics, topic)) for topic in OWNED} == in_log
    finally:
        await connection.close()


async def with_articles(url: str, api_key: str) -> None:
    """One that was changed, one that was withdrawn, one that came back."""
    headers = {"Authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as http:
        for number in range(3):
            body = {
                "title": f"Refunds {number}",
                "body": "Five days.\n\nOr seven.",
                "tags": ["refund"],
            }
            made = await http.post("/v1/articles", json=body)
            article = f"/v1/articles/{made.json()['id']}"
            if number == 0:
                await http.put(article, json=body | {"body": "Six days."})
            else:
                assert (await http.delete(article)).status_code == 200
            if number == 2:
                again = await http.put(article, json=body | {"audience": "internal"})
                assert again.status_code == 200, again.text
