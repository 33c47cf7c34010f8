"""No breach that did not happen: a log that is read again, and a replica that is behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from escalation_story import Story

from deskstream_contracts import Event, decode, encode, topics_read_by
from deskstream_contracts.events.sla import SlaBreached, SlaMet
from deskstream_contracts.watermark import WATERMARK_SUBJECT, WatermarkAdvanced
from deskstream_escalation.app import build
from deskstream_escalation.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.ids import new_id
from deskstream_runtime.service import Service
from deskstream_runtime.settings import WatermarkSettings
from deskstream_runtime.testing.log import LogWriter, begin_at_the_end, log_writer, read_all
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually

TICKETS = 900
WITHIN_S = 60.0
_KEEP_WATERMARK = """
insert into watermark (topic, until) values ('watermark.advanced', $1)
on conflict (topic) do update set until = excluded.until
"""


def watermark(until: datetime) -> Event[WatermarkAdvanced]:
    """What ingest says once everything that it accepted before is published."""
    return Event(new_id(), WATERMARK_SUBJECT, until, WatermarkAdvanced(until=until))


@pytest.fixture
async def log(kafka_topics: str) -> AsyncIterator[LogWriter]:
    async with log_writer(kafka_topics) as writer:
        yield writer


@pytest.fixture
def settings(service_settings: SettingsFactory) -> Settings:
    return service_settings(
        Settings,
        "deskstream_escalation",
        sla_tick_interval_s=0.01,
        watermark=WatermarkSettings(interval_s=0.05, late_after_s=0.2),
        kafka={"batch_records_max": 50},
    )


async def published(bootstrap: str, event_type: type[Any], tickets: set[UUID]) -> list[Any]:
    records = await read_all(bootstrap, event_type.event_type)
    events = [decode(record.topic, record.headers, record.value) for record in records]
    return [event.data for event in events if event.subject in tickets]


async def test_a_watermark_says_nothing_of_a_time_later_than_its_own(
    settings: Settings, kafka_topics: str, log: LogWriter
) -> None:
    """Time that ran ahead never goes back: every clock would run out at once."""
    now = utc_now()
    of_the_next_century = WatermarkAdvanced(until=now + timedelta(days=36_500))
    await log.write(Event(new_id(), WATERMARK_SUBJECT, now, of_the_next_century))
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        async with build(settings, utc_now).running():

            async def is_kept() -> bool:
                return bool(await connection.fetchval("select until >= $1 from watermark", now))

            await eventually(is_kept, within_s=WITHIN_S, what="the watermark")
        assert await connection.fetchval("select max(until) from watermark") <= utc_now()
    finally:
        await connection.close()


async def test_a_log_read_from_its_beginning_holds_no_breach_of_tickets_answered_in_time(
    settings: Settings, kafka_topics: str, log: LogWriter
) -> None:
    """A ticket an hour, each answered after three minutes: read in any order, none was late."""
    stories = [Story(f"read again {number}") for number in range(TICKETS)]
    for number, story in enumerate(stories):
        story.wait(hours=number)
        story.created()
        story.answered()
        story.resolved()
    unanswered = Story("read again, unanswered")
    unanswered.wait(hours=TICKETS)
    await log.write(*(story.events[0] for story in stories), unanswered.created())
    await log.write(*(story.events[1] for story in stories))
    await log.write(*(story.events[2] for story in stories), watermark(utc_now()))

    async with build(settings, utc_now).running():
        # The latest of all to be due: clocks are checked in the order they run out.
        await eventually(
            lambda: published(kafka_topics, SlaBreached, {unanswered.ticket_id}),
            within_s=WITHIN_S,
            what="the breach that happened",
        )
    tickets = {story.ticket_id for story in stories}
    assert await published(kafka_topics, SlaBreached, tickets) == []
    met = await published(kafka_topics, SlaMet, tickets)
    assert len(met) == 2 * TICKETS
    assert all(clock.in_time for clock in met)


async def test_a_clock_waits_for_the_partition_that_another_replica_has_not_read(
    settings: Settings, kafka_topics: str, log: LogWriter, tmp_path: Path
) -> None:
    """One cannot handle the answer, while the other has nothing to do but to check clocks."""
    settings = settings.model_copy(update={"sla_file": hasty_policy(tmp_path)})
    started_at = utc_now()
    story = Story("behind", now=started_at)
    created = story.created()
    story.now = started_at + timedelta(seconds=1)
    answered = story.answered()
    # Records of other tests would wait in one batch with the answer: time would stand at them.
    await begin_at_the_end(settings, topics_read_by("escalation"))
    first, second = build(settings, utc_now), build(settings, utc_now)
    async with first.running(), second.running():
        await log.write(created)
        await eventually(lambda: has_clocks(settings, story), within_s=WITHIN_S, what="the clocks")
        async with partition_held(settings, answered):
            await log.write(answered)
            # As another replica keeps it: the one that waits may be the one that reads watermarks.
            await rows(settings, _KEEP_WATERMARK, started_at + timedelta(minutes=1))
            await eventually(
                lambda: stands_at(first, "ticket.message_added"), within_s=WITHIN_S, what="stands"
            )
            assert await published(kafka_topics, SlaBreached, {story.ticket_id}) == []
        await eventually(
            lambda: published(kafka_topics, SlaMet, {story.ticket_id}),
            within_s=WITHIN_S,
            what="met",
        )
        breached = await eventually(
            lambda: published(kafka_topics, SlaBreached, {story.ticket_id}),
            within_s=WITHIN_S,
            what="the breach of the other clock",
        )
    assert [clock.clock for clock in breached] == ["resolution"], "that one really ran out"


def hasty_policy(folder: Path) -> Path:
    """A first answer within three seconds, a resolution within six."""
    targets = "first_response_min = 0.05\nnext_response_min = 0.05\nresolution_min = 0.1\n"
    tables = (f"[targets.{name}]\n{targets}" for name in ("urgent", "high", "normal", "low"))
    file = folder / "sla.toml"
    file.write_text('name = "hasty"\nwarn_at = 0.8\n' + "\n".join(tables))
    return file


@asynccontextmanager
async def partition_held(settings: Settings, event: Event[Any]) -> AsyncIterator[None]:
    """The handler of the event's partition waits for its position, as on a busy database."""
    record = encode(event)
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        async with connection.transaction():
            await connection.execute(
                "select from consumer_offset where topic = $1 and partition = $2 for update",
                record.topic,
                record.partition,
            )
            yield
    finally:
        await connection.close()


async def rows(settings: Settings, sql: str, *arguments: Any) -> list[Any]:
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()


async def has_clocks(settings: Settings, story: Story) -> list[Any]:
    return await rows(settings, "select from sla_clock where ticket_id = $1", story.ticket_id)


async def stands_at(service: Service, topic: str) -> bool:
    async with httpx.AsyncClient(base_url=service.url) as client:
        answer = (await client.get("/health/ready")).json()
    return topic in str(answer.get("warnings", {}).get("log_time"))
