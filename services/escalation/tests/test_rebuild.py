"""Decisions are known again from the log, and not announced again."""

from typing import Any

import asyncpg
from escalation_story import Story

from deskstream_contracts import TOPICS, Event, decode
from deskstream_contracts.watermark import WATERMARK_SUBJECT, WatermarkAdvanced
from deskstream_escalation.app import TABLES, build
from deskstream_escalation.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.ids import new_id
from deskstream_runtime.rebuilding.rebuild import rebuild
from deskstream_runtime.rebuilding.state_dump import dump
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually

OWNED = [topic.name for topic in TOPICS if topic.owner == "escalation"]


async def test_decisions_are_those_of_before(
    service_settings: SettingsFactory, kafka_topics: str
) -> None:
    settings = service_settings(Settings, "deskstream_escalation", sla_tick_interval_s=0.05)
    escalated, settled, calm = Story("escalated"), Story("settled"), Story("calm")
    for story in (escalated, settled, calm):
        story.created()
    escalated.scored("very_negative")
    escalated.triaged("refund", "high")
    settled.scored("very_negative")
    settled.answered()
    settled.resolved()
    calm.scored("neutral", 0.0)
    calm.drafted(0.3)
    async with log_writer(kafka_topics) as log, build(settings, utc_now).running():
        until = WatermarkAdvanced(until=utc_now())
        watermark = Event(new_id(), WATERMARK_SUBJECT, until.until, until)
        *angry, answered, resolved = settled.events
        await log.write(*escalated.events, *angry, *calm.events)

        async def is_escalated() -> bool:
            return bool(await published("escalated", settled))

        async def all_published() -> bool:
            breached = await published("sla.breached", escalated, calm)
            return len(breached) >= 4 and bool(await published("deescalated", settled))

        async def published(topic: str, *stories: Story) -> list[Any]:
            records = await read_all(kafka_topics, topic)
            events = [decode(one.topic, one.headers, one.value) for one in records]
            wanted = {story.ticket_id for story in stories}
            return [event for event in events if event.subject in wanted]

        # Read together, the resolution may come first, and nothing is escalated then.
        await eventually(is_escalated, within_s=60, what="an escalation")
        await log.write(answered, resolved, watermark)
        await eventually(all_published, within_s=60, what="breaches and a deescalation")
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        before = await dump(connection, TABLES)
        in_log = {topic: len(await read_all(kafka_topics, topic)) for topic in OWNED}
        remade = await rebuild(build, settings, lambda _: None)
        assert await dump(connection, TABLES) == before
        assert [one.differing for one in remade] == [0, 0]
        async with build(settings, utc_now).running() as failed:
            await eventually(lambda: not failed.done(), what="a service that runs")
            rows = await connection.fetch("select count(*) as n from outbox")
            assert rows[0]["n"] == 0
        assert {topic: len(await read_all(kafka_topics, topic)) for topic in OWNED} == in_log
        assert await dump(connection, TABLES) == before
    finally:
        await connection.close()
