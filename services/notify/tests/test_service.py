"""The whole service on real parts: facts from Kafka, mails and calls out, facts to Kafka."""

import httpx
import pytest
from notify_events import happened, reply

from deskstream_contracts import decode, topics_read_by
from deskstream_notify.app import build
from deskstream_runtime.clock import utc_now
from deskstream_runtime.testing.log import begin_at_the_end, log_writer, read_all
from deskstream_runtime.testing.waiting import eventually


@pytest.fixture
async def service(own_settings, kafka_topics):
    await begin_at_the_end(own_settings, topics_read_by("notify"))
    service = build(own_settings, utc_now)
    async with service.running():
        await eventually(lambda: not service.problems(), within_s=30)
        yield service


async def told(bootstrap, topic, causes):
    """The events of a topic that follow from these."""
    events = [decode(r.topic, r.headers, r.value) for r in await read_all(bootstrap, topic)]
    return [event for event in events if event.causation_id in causes]


async def test_facts_go_out_to_people_and_systems_and_that_is_told(
    service, kafka_topics, mail_server, receiver, api_key
):
    headers = {"Authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers) as api:
        new = {"url": receiver.url, "event_types": ["ticket.created", "escalated"]}
        receiver.secret = (await api.post("/v1/webhooks", json=new)).json()["secret"]
    replies = [reply(utc_now()) for _ in range(5)]
    alarms = [happened("escalated", utc_now()) for _ in range(5)]
    created = [happened("ticket.created", utc_now()) for _ in range(20)]
    events = [*replies, *alarms, *created]
    async with log_writer(kafka_topics) as log:
        await log.write(*events, *events)

    causes = {event.id for event in events}

    async def all_told():
        return len(await told(kafka_topics, "notification.sent", causes)) >= 35

    await eventually(all_told, within_s=30)
    assert len(await told(kafka_topics, "notification.sent", causes)) == 35
    assert len(await told(kafka_topics, "reply.delivered", causes)) == 5
    assert mail_server.readers() == ["duty@shop.example"] * 5 + ["maya@example.com"] * 5
    assert len(receiver.accepted) == receiver.requests == 25


async def test_poison_is_set_aside_and_good_mail_goes_on(service, kafka_topics, mail_server):
    good = reply(utc_now(), email="good@example.com")
    async with log_writer(kafka_topics) as log:
        await log.write_raw("reply.approved", b"not json")
        await log.write(good)
    await eventually(lambda: "good@example.com" in mail_server.readers(), within_s=30)
