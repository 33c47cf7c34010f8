"""The whole service on real parts: events from Kafka, mails and calls out, events to Kafka."""

from collections.abc import AsyncIterator, Collection
from typing import Any
from uuid import UUID

import pytest
from notify_events import happened, reply
from notify_fakes import FakeMailServer, FakeReceiver

from deskstream_contracts import Event, decode, topics_read_by
from deskstream_notify.app import build
from deskstream_notify.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.testing.app import RunningService, running_service
from deskstream_runtime.testing.log import begin_at_the_end, log_writer, read_all
from deskstream_runtime.testing.waiting import eventually


@pytest.fixture
async def service(own_settings: Settings, kafka_topics: str) -> AsyncIterator[RunningService]:
    await begin_at_the_end(own_settings, topics_read_by("notify"))
    async with running_service(build(own_settings, utc_now)) as service:
        yield service


async def published(bootstrap: str, topic: str, causes: Collection[UUID]) -> list[Event[Any]]:
    """The events of a topic that follow from these."""
    events = [decode(r.topic, r.headers, r.value) for r in await read_all(bootstrap, topic)]
    return [event for event in events if event.causation_id in causes]


async def test_events_reach_people_and_systems_and_their_outcomes_are_published(
    service: RunningService,
    kafka_topics: str,
    mail_server: FakeMailServer,
    receiver: FakeReceiver,
) -> None:
    new = {"url": receiver.url, "event_types": ["ticket.created", "escalated"]}
    receiver.secret = (await service.http.post("/v1/webhooks", json=new)).json()["secret"]
    replies = [reply(utc_now()) for _ in range(5)]
    alarms = [happened("escalated", utc_now()) for _ in range(5)]
    created = [happened("ticket.created", utc_now()) for _ in range(20)]
    events = [*replies, *alarms, *created]
    async with log_writer(kafka_topics) as log:
        await log.write(*events, *events)

    causes = {event.id for event in events}

    async def all_published() -> bool:
        return len(await published(kafka_topics, "notification.sent", causes)) >= 35

    await eventually(all_published, within_s=30)
    assert len(await published(kafka_topics, "notification.sent", causes)) == 35
    assert len(await published(kafka_topics, "reply.delivered", causes)) == 5
    assert mail_server.readers() == ["duty@shop.example"] * 5 + ["maya@example.com"] * 5
    assert len(receiver.accepted) == receiver.requests == 25


async def test_poison_is_dead_lettered_and_good_mail_is_sent(
    service: RunningService, kafka_topics: str, mail_server: FakeMailServer
) -> None:
    good = reply(utc_now(), email="good@example.com")
    async with log_writer(kafka_topics) as log:
        await log.write_raw("reply.approved", b"not json")
        await log.write(good)
    await eventually(lambda: "good@example.com" in mail_server.readers(), within_s=30)
