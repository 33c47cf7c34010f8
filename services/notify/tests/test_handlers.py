"""Events become notifications and work, once, in any order."""

import random
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from notify_bench import Bench
from notify_events import example, happened, reply
from notify_fakes import FakeMailServer

from deskstream_contracts import Event, revised, topics_read_by

URL = "https://hook.example/"
EVERY = "select id, state, reason, recipient from notification order by id"


async def test_a_reply_is_planned_once(bench: Bench) -> None:
    event = reply(bench.clock.now)
    await bench.handle(event, event)
    await bench.handle(event)
    row = await bench.notification()
    assert (row["state"], row["purpose"]) == ("planned", "reply")
    assert await bench.value("select count(*) from work where kind = 'email.reply'") == 1
    assert await bench.published() == []


async def test_a_reply_without_an_address_is_announced_as_undeliverable_once(bench: Bench) -> None:
    event = reply(bench.clock.now, email=None)
    await bench.handle(event)
    await bench.handle(event)
    row = await bench.notification()
    assert (row["state"], row["reason"]) == ("skipped", "no_address")
    (announced,) = await bench.published()
    assert announced.type == "reply.undeliverable"
    assert await bench.value("select count(*) from work") == 0


async def test_a_replay_of_long_ago_sends_nothing(bench: Bench) -> None:
    long_ago = bench.clock.now - timedelta(days=30)
    await bench.subscribe(URL, "escalated")
    await bench.value("update webhook_subscription set created_at = $1", long_ago)
    await bench.handle(reply(long_ago), happened("escalated", long_ago))
    rows = await bench.rows(EVERY)
    assert [row["reason"] for row in rows] == ["too_old"] * 3
    assert await bench.value("select count(*) from work") == 0
    assert await bench.published() == []


async def test_an_escalation_goes_to_people_on_duty_and_to_subscribers(bench: Bench) -> None:
    await bench.subscribe(URL, "escalated", "sla.met")
    await bench.handle(happened("escalated", bench.clock.now), happened("sla.met", bench.clock.now))
    kinds = [row["kind"].partition(".")[0] for row in await bench.rows("select kind from work")]
    assert sorted(kinds) == ["email", "webhook", "webhook"]


@pytest.mark.parametrize(
    "event_type",
    ["ticket.created", "ticket.updated", "ticket.message_added", "ticket.resolved"],
)
async def test_nobody_is_notified_of_an_imported_history(bench: Bench, event_type: str) -> None:
    await bench.subscribe(URL, event_type)
    event = happened(event_type, bench.clock.now, imported=True)
    erased = revised(event, event.data)
    await bench.handle(event, erased)
    assert await bench.rows(EVERY) == []
    await bench.handle(happened(event_type, bench.clock.now, imported=False))
    assert [row["state"] for row in await bench.rows(EVERY)] == ["planned"]


async def test_a_disabled_subscription_gets_nothing(bench: Bench) -> None:
    await bench.subscribe(URL, "escalated")
    await bench.value("update webhook_subscription set disabled_at = created_at")
    await bench.handle(happened("escalated", bench.clock.now))
    assert await bench.value("select count(*) from notification where channel = 'webhook'") == 0


async def test_an_erased_customer_gets_no_mail_and_leaves_no_address(bench: Bench) -> None:
    event = reply(bench.clock.now)
    await bench.handle(event)
    blanked = event.data.customer.model_copy(update={"email": None})
    erased = revised(event, event.data.model_copy(update={"customer": blanked, "body": ""}))
    await bench.handle(erased)
    await bench.handle(event)
    rows = await bench.rows(EVERY)
    assert [(row["state"], row["reason"], row["recipient"]) for row in rows] == [
        ("skipped", "erased", "")
    ] * 2


async def test_an_event_and_its_erasure_in_one_batch_send_nothing(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    event = reply(bench.clock.now)
    await bench.handle(event, revised(event, event.data))
    await bench.do_due_work()
    assert not mail_server.accepted
    assert {row["state"] for row in await bench.rows(EVERY)} == {"skipped"}


@pytest.mark.parametrize("order", [0, 1])
async def test_the_last_report_of_a_provider_is_shown(bench: Bench, order: int) -> None:
    await bench.handle(reply(bench.clock.now))
    row = await bench.notification()
    reports = [
        happened(
            "delivery.updated",
            bench.clock.now,
            notification_id=row["id"],
            status=status,
            occurred_at=bench.clock.now + timedelta(seconds=after_s),
        )
        for status, after_s in [("sent", 1), ("delivered", 2)]
    ]
    await bench.handle(reports[order], reports[1 - order])
    await bench.handle(*reports)
    assert await bench.value("select count(*) from delivery_report") == 2


def examples() -> list[Event[Any]]:
    return [
        example(topic.name, kind)
        for topic, kind in product(topics_read_by("notify"), ("full", "minimal"))
    ]


async def test_every_example_of_every_topic_twice_in_any_order_leaves_the_same(
    bench: Bench,
) -> None:
    await bench.subscribe(URL, "ticket.created", "ticket.updated", "escalated", "sla.breached")
    await bench.value("update webhook_subscription set created_at = '2026-01-01'")
    seen = []
    for seed in range(4):
        await bench.value("truncate notification, delivery_report, work, outbox")
        events = examples() * 2
        random.Random(seed).shuffle(events)
        for event in events:
            await bench.handle(event)
        seen.append((await bench.rows(EVERY), await bench.value("select count(*) from work")))
    assert all(one == seen[0] for one in seen)
    assert len(seen[0][0]) > 5


def test_every_topic_read_by_notify_is_handled(bench: Bench) -> None:
    assert set(bench.routes.topics) == {topic.name for topic in topics_read_by("notify")}
