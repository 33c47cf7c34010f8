"""The whole service on the real parts: facts in on Kafka, decisions out on Kafka and over HTTP."""

from typing import Any

from escalation_story import Story

from deskstream_contracts import Event, decode
from deskstream_contracts.watermark import WATERMARK_SUBJECT, WatermarkAdvanced
from deskstream_escalation.app import build
from deskstream_escalation.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.ids import new_id
from deskstream_runtime.settings import WatermarkSettings
from deskstream_runtime.testing.app import running_service
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually


async def test_facts_in_decisions_out(service_settings: SettingsFactory, kafka_topics: str) -> None:
    settings = service_settings(
        Settings,
        "deskstream_escalation",
        sla_tick_interval_s=0.05,
        watermark=WatermarkSettings(interval_s=0.05),
    )
    story = Story()
    service = build(settings, utc_now)
    async with running_service(service) as running, log_writer(kafka_topics) as log:
        until = WatermarkAdvanced(until=utc_now())
        await log.write(
            story.created(),
            story.scored("very_negative"),
            Event(new_id(), WATERMARK_SUBJECT, until.until, until),
        )

        async def published(topic: str) -> list[Any]:
            records = await read_all(kafka_topics, topic)
            events = [decode(record.topic, record.headers, record.value) for record in records]
            return [event for event in events if event.subject == story.ticket_id]

        async def breached() -> list[Any]:
            return await published("sla.breached")

        # The story is from the past, so once the log is known up to now its clocks have run out.
        (first, second) = await eventually(
            breached, within_s=60, what="the breaches of both clocks"
        )
        assert {first.data.clock, second.data.clock} == {"first_response", "resolution"}
        levels = [event.data.level for event in await published("escalated")]
        assert levels == [1, 2]
        ticket_id = str(story.ticket_id)
        answer = await running.http.get("/v1/sla/clocks", params={"ticket_id": ticket_id})
        assert [clock["breached"] for clock in answer.json()["clocks"]] == [True, True]
