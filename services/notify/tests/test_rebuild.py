"""Rebuilt notifications are those of before, and nothing is sent a second time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from notify_events import happened, reply
from notify_fakes import FakeMailServer, FakeReceiver

from deskstream_contracts import TOPICS, follow_id, revised
from deskstream_contracts.personal import without_personal_data
from deskstream_notify.app import TABLES, build
from deskstream_notify.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.rebuilding.rebuild import rebuild
from deskstream_runtime.rebuilding.state_dump import dump
from deskstream_runtime.testing.app import running_service
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.waiting import eventually

OWNED = [topic.name for topic in TOPICS if topic.owner == "notify"]
KEPT = {"webhook_subscription": (), "work": ("lease", "leased_until")}


@pytest.fixture
def own_settings(own_settings: Settings) -> Settings:
    return own_settings.model_copy(update={"alert_customer_words": True})


@pytest.fixture
async def database(own_settings: Settings) -> "AsyncIterator[asyncpg.Connection[Any]]":
    connection = await asyncpg.connect(own_settings.postgres.dsn.get_secret_value())
    yield connection
    await connection.close()


async def counts(bootstrap: str) -> dict[str, int]:
    return {topic: len(await read_all(bootstrap, topic)) for topic in OWNED}


async def test_rebuilt_notifications_are_those_of_before(
    own_settings: Settings,
    database: "asyncpg.Connection[Any]",
    kafka_topics: str,
    mail_server: FakeMailServer,
    receiver: FakeReceiver,
    unused_port: int,
) -> None:
    now = utc_now()
    refused, silent, erased = reply(now), reply(now, email=None), reply(now)
    old = happened("ticket.resolved", now - timedelta(days=4))
    alarms = [happened("escalated", now) for _ in range(3)]
    created = [happened("ticket.created", now) for _ in range(10)]
    reports = [happened("delivery.updated", now, occurred_at=now)]
    events = [reply(now), silent, erased, old, *alarms, *created, *reports]

    async def ended(n: int) -> bool:
        count: int = await database.fetchval(
            "select count(*) from notification where state not in ('planned', 'sending')"
        )
        return count == n

    async with (
        running_service(build(own_settings, utc_now)) as service,
        log_writer(kafka_topics) as log,
    ):
        api = service.http
        there, gone, _away = [
            (await api.post("/v1/webhooks", json={"url": url, "event_types": types})).json()
            for url, types in (
                (receiver.url, ["ticket.created", "ticket.resolved"]),
                (receiver.url, ["escalated"]),
                (f"http://127.0.0.1:{unused_port}/", ["escalated"]),
            )
        ]
        await database.execute(
            "update webhook_subscription set created_at = $1", now - timedelta(days=9)
        )
        await log.write(*events)
        # 2 replies, a skipped one, 3 alerts, 3 to the one that goes, 10 created, an old one.
        await eventually(lambda: ended(20), within_s=60)
        mail_server.manners.append("no_mailbox")
        await log.write(refused, revised(erased, without_personal_data(erased.data)))
        await eventually(lambda: ended(22), within_s=60)
        delivery = await database.fetchval(
            "select id from notification where recipient = $1 and state = 'sent' limit 1",
            there["id"],
        )
        path = f"/v1/webhooks/{there['id']}"
        again = {"ids": [str(delivery)]}
        assert (await api.post(f"{path}/test")).status_code < 300
        answer = await api.post(f"{path}/redeliver", json=again)
        assert answer.status_code < 300, answer.text

        async def delivered_again() -> bool:
            again = "select 1 from notification where redeliveries = 1 and state = 'sent'"
            return await ended(23) and await database.fetchval(again) is not None

        await eventually(delivered_again, within_s=60)
        assert (await api.delete(f"/v1/webhooks/{gone['id']}")).status_code < 300
    assert await database.fetchval("select count(*) from work") == 3, (
        "calls to an unreachable receiver wait"
    )
    before = await dump(database, {**TABLES, **KEPT})
    assert all(before.values())
    in_log, mails, calls = await counts(kafka_topics), len(mail_server.envelopes), receiver.requests
    await rebuild(build, own_settings, lambda _: None)
    assert await dump(database, {**TABLES, **KEPT}) == before

    after = reply(utc_now())
    async with build(own_settings, utc_now).running(), log_writer(kafka_topics) as log:
        await log.write(after)
        await eventually(lambda: len(mail_server.envelopes) > mails, within_s=60)

        async def published() -> bool:
            return await counts(kafka_topics) != in_log

        await eventually(published, within_s=60)
    assert len(mail_server.envelopes) == mails + 1
    assert receiver.requests == calls
    in_log_now = await counts(kafka_topics)
    assert {t: in_log_now[t] - in_log[t] for t in OWNED if in_log_now[t] != in_log[t]} == {
        "notification.sent": 1,
        "reply.delivered": 1,
    }


async def test_lost_notifications_are_not_sent_again(
    own_settings: Settings,
    database: "asyncpg.Connection[Any]",
    kafka_topics: str,
    mail_server: FakeMailServer,
) -> None:
    sent = reply(utc_now())
    async with build(own_settings, utc_now).running(), log_writer(kafka_topics) as log:
        await log.write(sent)
        await eventually(lambda: mail_server.envelopes, within_s=60)

        async def known() -> bool:
            state = "select 1 from notification where state = 'sent'"
            return await database.fetchval(state) is not None

        await eventually(known, within_s=60)
    mails = len(mail_server.envelopes)
    await database.execute("truncate notification, webhook_event, ticket_words, consumer_offset")
    await rebuild(build, own_settings, lambda _: None)
    row = await database.fetchrow("select * from notification where cause_id = $1", sent.id)
    assert row is not None
    assert (row["state"], row["attempts"], row["recipient"]) == ("sent", 1, "maya@example.com")
    later = reply(utc_now(), email="later@example.com")
    async with build(own_settings, utc_now).running(), log_writer(kafka_topics) as log:
        await log.write(later)
        await eventually(lambda: "later@example.com" in mail_server.readers(), within_s=60)
    assert len(mail_server.envelopes) == mails + 1
    assert follow_id(sent.id, "notification:email:maya@example.com") == row["id"]
