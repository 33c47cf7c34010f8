"""A rebuild restores analyses and articles from the log, and asks no model again."""

import asyncpg
import httpx
from ai_desk import message_added, reply_requested, ticket_created

from deskstream_ai.app import TABLES, build
from deskstream_ai.settings import Settings
from deskstream_contracts import TOPICS, decode
from deskstream_runtime.rebuilding.rebuild import rebuild
from deskstream_runtime.rebuilding.state_dump import dump
from deskstream_runtime.testing.app import running_service
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually

OWNED = [topic.name for topic in TOPICS if topic.owner == "ai"]


async def test_analyses_and_articles_are_those_of_before(
    kafka_topics: str, service_settings: SettingsFactory
) -> None:
    settings = service_settings(Settings, "deskstream_ai")
    created = ticket_created("When does my refund arrive?")
    added = message_added(created.subject, "I am furious, nobody answers!")
    asked = reply_requested(created.subject)
    async with running_service(build(settings)) as app, log_writer(kafka_topics) as log:
        await publish_articles(app.http)
        await log.write(created, added, asked)

        async def all_drafted() -> bool:
            records = await read_all(kafka_topics, "reply.drafted")
            drafted = [decode(one.topic, one.headers, one.value) for one in records]
            return sum(event.subject == created.subject for event in drafted) == 3

        await eventually(all_drafted, within_s=60, what="three drafts")
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


async def publish_articles(http: httpx.AsyncClient) -> None:
    """Publishes three; one is changed, one withdrawn, one withdrawn and published again."""
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
