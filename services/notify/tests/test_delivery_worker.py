"""From planned to ended: database, provider and log agree whatever happens in between."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from notify_bench import Bench
from notify_events import happened, reply
from notify_fakes import FakeMailServer, FakeReceiver, MailManner, text_of

from deskstream_contracts import Event, revised
from deskstream_notify.adapters import attempt_repository
from deskstream_runtime.work.kind import Finished

LEASE = timedelta(seconds=60)


async def subscribed(bench: Bench, receiver: FakeReceiver, *event_types: str) -> UUID:
    subscription_id, receiver.secret = await bench.subscribe(receiver.url, *event_types)
    return subscription_id


def types(events: Sequence[Event[Any]]) -> list[str]:
    return [event.type for event in events]


async def test_a_reply_is_sent_and_announced(bench: Bench, mail_server: FakeMailServer) -> None:
    event = reply(bench.clock.now)
    await bench.handle(event)
    await bench.do_due_work()
    (mail,) = mail_server.mails()
    assert mail["To"] == "maya@example.com"
    row = await bench.notification()
    assert (row["state"], row["attempts"], row["ambiguous"]) == ("sent", 1, False)
    published = await bench.published()
    assert types(published) == ["notification.sent", "reply.delivered"]
    assert {one.causation_id for one in published} == {event.id}
    assert f"<{published[0].data.provider_message_id}>" == mail["Message-ID"]


async def test_an_alert_is_sent_and_announced(bench: Bench, mail_server: FakeMailServer) -> None:
    await bench.handle(happened("sla.breached", bench.clock.now))
    bench.clock.advance(bench.settings.alert_gather_s)
    await bench.do_due_work()
    (mail,) = mail_server.mails()
    assert mail["To"] == "duty@shop.example"
    assert types(await bench.published()) == ["notification.sent"]


async def test_a_subscriber_is_called_and_it_is_announced(
    bench: Bench, receiver: FakeReceiver
) -> None:
    await subscribed(bench, receiver, "ticket.created")
    event = happened("ticket.created", bench.clock.now)
    await bench.handle(event)
    await bench.do_due_work()
    row = await bench.notification()
    (received,) = receiver.accepted[str(row["id"])]
    assert received["id"] == str(event.id)
    assert received["type"] == "ticket.created"
    assert received["data"]["subject"] == event.data.subject
    assert row["state"] == "sent"
    assert types(await bench.published()) == ["notification.sent"]


@pytest.mark.parametrize(
    ("to", "reason"),
    [("maya@example.com\nBcc: all@evil.example", "invalid_address"), ("a b", "invalid_address")],
)
async def test_a_mail_that_cannot_be_written_is_undeliverable_at_once(
    bench: Bench, mail_server: FakeMailServer, to: str, reason: str
) -> None:
    await bench.handle(reply(bench.clock.now))
    await bench.value(
        "update work set payload = jsonb_set(payload::jsonb, '{to}', to_jsonb($1::text))::text", to
    )
    await bench.do_due_work()
    assert not mail_server.accepted
    failed, undeliverable = await bench.published()
    assert failed.data.reason == undeliverable.data.reason == reason
    assert not failed.data.ambiguous
    assert "all@evil.example" not in (undeliverable.data.detail or "")
    assert await bench.value("select count(*) from work") == 0


async def test_a_busy_server_is_tried_again_later(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    mail_server.manners.append("busy")
    await bench.handle(reply(bench.clock.now))
    await bench.do_due_work()
    row = await bench.notification()
    assert (row["state"], row["reason"], row["ambiguous"]) == ("planned", "rejected", False)
    assert await bench.published() == []
    bench.clock.advance(10)
    await bench.do_due_work()
    row = await bench.notification()
    assert (row["state"], row["attempts"], row["reason"]) == ("sent", 2, None)
    assert len(mail_server.mails()) == 1


async def test_a_mailbox_that_does_not_exist_is_final(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    mail_server.manners.append("no_mailbox")
    await bench.handle(reply(bench.clock.now))
    await bench.do_due_work()
    assert (await bench.notification())["state"] == "failed"
    failed, undeliverable = await bench.published()
    assert failed.data.reason == undeliverable.data.reason == "mailbox_refused"
    assert not failed.data.ambiguous
    assert failed.data.attempts == 1


@pytest.mark.parametrize("manner", ["accept_then_drop", "hang"])
async def test_a_mail_accepted_without_an_answer_is_sent_again_as_the_same_mail(
    bench: Bench, mail_server: FakeMailServer, manner: MailManner
) -> None:
    mail_server.manners.append(manner)
    await bench.handle(reply(bench.clock.now))
    await bench.do_due_work()
    assert (await bench.notification())["ambiguous"]
    bench.clock.advance(10)
    await bench.do_due_work()
    (copies,) = mail_server.accepted.values()
    assert len(set(copies)) == 1
    assert (await bench.notification())["state"] == "sent"
    assert types(await bench.published()) == ["notification.sent", "reply.delivered"]


@pytest.mark.parametrize("manner", ["accept_then_drop", "hang"])
async def test_a_call_accepted_without_an_answer_is_repeated_under_the_same_id(
    bench: Bench, receiver: FakeReceiver, manner: MailManner
) -> None:
    await subscribed(bench, receiver, "ticket.created")
    receiver.manners.append(manner)
    await bench.handle(happened("ticket.created", bench.clock.now))
    await bench.do_due_work()
    bench.clock.advance(10)
    await bench.do_due_work()
    assert receiver.requests == 2
    assert list(receiver.accepted) == [str((await bench.notification())["id"])]
    assert types(await bench.published()) == ["notification.sent"]


async def test_a_crash_after_the_provider_accepted_it_sends_the_same_mail_again(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    await bench.handle(reply(bench.clock.now))
    await bench.perform(await bench.leased(bench.clock.now + LEASE))
    assert (await bench.notification())["state"] == "sending"
    assert await bench.published() == []
    bench.clock.advance(LEASE.total_seconds() + 1)
    await bench.do_due_work()
    row = await bench.notification()
    assert (row["state"], row["attempts"]) == ("sent", 2)
    assert len(mail_server.mails()) == 1
    assert types(await bench.published()) == ["notification.sent", "reply.delivered"]


async def test_a_crash_before_the_call_loses_nothing(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    await bench.handle(reply(bench.clock.now))
    work = await bench.leased(bench.clock.now + LEASE)
    async with bench.infrastructure.database.connection() as connection:
        await attempt_repository.begin(connection, work.id, bench.clock.now)
    bench.clock.advance(LEASE.total_seconds() + 1)
    await bench.do_due_work()
    assert len(mail_server.mails()) == 1
    assert (await bench.notification())["state"] == "sent"


async def test_an_ambiguous_notification_that_is_given_up_is_unknown(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    mail_server.manners += ["accept_then_drop", "refuse"]
    await bench.handle(reply(bench.clock.now))
    await bench.do_due_work()
    bench.clock.advance(10)
    await bench.do_due_work()
    assert (await bench.notification())["state"] == "unknown"
    failed, _ = await bench.published()
    assert failed.data.ambiguous
    assert failed.data.reason == "rejected"


async def test_after_half_a_day_a_mail_is_given_up(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    await bench.handle(reply(bench.clock.now))
    mail_server.manners += ["busy"] * 2
    await bench.do_due_work()
    bench.clock.advance(bench.settings.smtp.give_up_after_h * 3_600 + 1)
    await bench.do_due_work()
    row = await bench.notification()
    assert (row["state"], row["attempts"]) == ("failed", 1)
    assert types(await bench.published()) == ["notification.failed", "reply.undeliverable"]


async def test_a_first_attempt_is_made_however_late(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    await bench.handle(reply(bench.clock.now))
    bench.clock.advance(bench.settings.smtp.give_up_after_h * 3_600 + 1)
    await bench.do_due_work()
    assert len(mail_server.mails()) == 1


async def test_gone_disables_the_subscription_and_stops_its_waiting_calls(
    bench: Bench, receiver: FakeReceiver
) -> None:
    subscription_id = await subscribed(bench, receiver, "ticket.created")
    receiver.manners.append(410)
    event = happened("ticket.created", bench.clock.now)
    next_one = happened("ticket.created", bench.clock.now)._replace(subject=event.subject)
    await bench.handle(event, next_one)
    await bench.do_due_work()
    disabled = await bench.value(
        "select disabled_reason from webhook_subscription where id = $1", subscription_id
    )
    assert disabled == "gone"
    assert receiver.requests == 1
    states = [
        row["state"] for row in await bench.rows("select state from notification order by seq")
    ]
    assert states == ["failed", "skipped"]
    assert types(await bench.published()) == ["notification.failed"]


async def test_a_receiver_that_asks_to_wait_is_not_called_before(
    bench: Bench, receiver: FakeReceiver
) -> None:
    await subscribed(bench, receiver, "ticket.created")
    receiver.manners.append(web.Response(status=429, headers={"Retry-After": "120"}))
    await bench.handle(happened("ticket.created", bench.clock.now))
    await bench.do_due_work()
    bench.clock.advance(119)
    await bench.do_due_work()
    assert receiver.requests == 1
    bench.clock.advance(2)
    await bench.do_due_work()
    assert receiver.requests == 2


async def test_a_dead_receiver_is_not_called_on_and_delays_no_mail(
    bench: Bench, receiver: FakeReceiver, mail_server: FakeMailServer
) -> None:
    await subscribed(bench, receiver, "escalated")
    receiver.manners += [503] * 1_000
    events = [happened("escalated", bench.clock.now) for _ in range(60)]
    await bench.handle(*events)
    bench.clock.advance(bench.settings.alert_gather_s)
    await bench.do_due_work()
    limits = bench.settings
    assert receiver.requests < limits.breaker_failures_max + limits.webhook.concurrency_max
    assert len(mail_server.mails()) == 60
    attempts = await bench.value("select max(attempts) from notification where channel = 'webhook'")
    assert attempts == 1


async def test_a_customers_mails_about_a_ticket_go_out_in_order(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    first = reply(bench.clock.now, body="first")
    second = reply(bench.clock.now, body="second")._replace(subject=first.subject)
    other = reply(bench.clock.now, body="other")
    mail_server.manners.append("busy")
    await bench.handle(first)
    await bench.do_due_work()
    await bench.handle(second, other)
    await bench.do_due_work()
    assert len(mail_server.mails()) == 1
    bench.clock.advance(10)
    await bench.do_due_work()
    texts = [text_of(mail) for mail in mail_server.mails()]
    assert texts == ["other", "first", "second"]


async def test_a_customer_erased_while_a_mail_waits_gets_none_and_no_event_names_them(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    event = reply(bench.clock.now)
    mail_server.manners.append("busy")
    await bench.handle(event)
    await bench.do_due_work()
    await bench.handle(revised(event, event.data))
    bench.clock.advance(10)
    await bench.do_due_work()
    assert not mail_server.accepted
    assert await bench.published() == []
    assert await bench.value("select count(*) from notification where recipient <> ''") == 0
    assert await bench.value("select count(*) from work") == 0


async def test_a_mail_in_progress_during_an_erasure_is_announced_without_the_address(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    event = reply(bench.clock.now)
    await bench.handle(event)
    work = await bench.leased(bench.clock.now + LEASE)
    result = await bench.perform(work)
    await bench.handle(revised(event, event.data))
    await bench.commit(bench.kinds[work.kind].finish, [Finished(work, result)])
    sent, _ = await bench.published()
    assert sent.data.recipient == ""


async def test_a_receiver_misconfigured_for_a_while_loses_nothing(
    bench: Bench, receiver: FakeReceiver
) -> None:
    await subscribed(bench, receiver, "ticket.created")
    receiver.secret = ""  # it would refuse signatures of the test's future
    receiver.manners += [404, 403, 302]
    await bench.handle(happened("ticket.created", bench.clock.now))
    for _ in range(3):
        await bench.do_due_work()
        assert (await bench.notification())["state"] == "planned"
        bench.clock.advance(15 * 60)
    await bench.do_due_work()
    row = await bench.notification()
    assert (row["state"], row["attempts"], row["response_status"]) == ("sent", 4, None)


async def test_a_receiver_that_refuses_for_an_hour_is_given_up(
    bench: Bench, receiver: FakeReceiver
) -> None:
    await subscribed(bench, receiver, "ticket.created")
    receiver.secret = ""  # it would refuse signatures of the test's future
    receiver.manners += [404] * 100
    await bench.handle(happened("ticket.created", bench.clock.now))
    await bench.do_due_work()
    bench.clock.advance(3_599)
    await bench.do_due_work()
    assert (await bench.notification())["state"] == "planned"
    bench.clock.advance(3_600)
    await bench.do_due_work()
    row = await bench.notification()
    assert (row["state"], row["reason"], row["response_status"]) == ("failed", "rejected", 404)
    assert row["failed_at"] == bench.clock.now
    assert receiver.requests == 3
    (failed,) = await bench.published()
    assert failed.data.detail == "HTTP 404"


async def test_the_hour_begins_with_the_first_such_answer(
    bench: Bench, receiver: FakeReceiver
) -> None:
    await subscribed(bench, receiver, "ticket.created")
    receiver.secret = ""  # it would refuse signatures of the test's future
    receiver.manners += [503, 404, 204]
    await bench.handle(happened("ticket.created", bench.clock.now))
    for _ in range(3):
        await bench.do_due_work()
        bench.clock.advance(2 * 3_600 if receiver.requests == 1 else 600)
    assert (await bench.notification())["state"] == "sent"


async def test_calls_never_tried_are_given_up_too_if_the_receiver_stays_away(
    bench: Bench, receiver: FakeReceiver
) -> None:
    await subscribed(bench, receiver, "ticket.created")
    receiver.secret = ""  # it would refuse signatures of the test's future
    receiver.manners += [503] * 1_000
    await bench.handle(*(happened("ticket.created", bench.clock.now) for _ in range(60)))
    await bench.do_due_work()
    bench.clock.advance(bench.settings.webhook.give_up_after_h * 3_600 + 1)
    await bench.do_due_work()
    states = await bench.rows("select distinct state from notification")
    assert [row["state"] for row in states] == ["failed"]
    assert await bench.value("select count(*) from work") == 0


async def test_the_log_identifies_a_failure_and_names_nothing_personal(
    bench: Bench,
    receiver: FakeReceiver,
    mail_server: FakeMailServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    subscription_id = await subscribed(bench, receiver, "ticket.created")
    receiver.manners.append(503)
    mail_server.manners.append("no_mailbox")
    call = happened("ticket.created", bench.clock.now)
    mail = reply(bench.clock.now, email="maya.secret@example.com")
    await bench.handle(call, mail)
    await bench.do_due_work()
    of_call, of_mail = sorted(
        (one.getMessage() for one in caplog.records if "work.failed" in one.getMessage()),
        key=lambda line: "email" in line,
    )
    ids = {row["channel"]: row["id"] for row in await bench.rows("select * from notification")}
    named = [subscription_id, "127.0.0.1:", call.subject, ids["webhook"], "receiver_failed"]
    for value in (*named, "status=503", "attempt=1", "next_try_at="):
        assert str(value) in of_call
    for value in (mail.subject, ids["email"], "mailbox_refused", "given_up=True"):
        assert str(value) in of_mail
    assert "maya" not in caplog.text
    assert call.data.subject not in caplog.text


async def test_a_subscriptions_health_is_stored(bench: Bench, receiver: FakeReceiver) -> None:
    await subscribed(bench, receiver, "ticket.created")
    receiver.manners += [503, "drop"]
    event = happened("ticket.created", bench.clock.now)
    await bench.handle(event)
    await bench.do_due_work()
    health = "select * from webhook_subscription"
    (row,) = await bench.rows(health)
    assert (row["consecutive_failures"], row["last_failure_reason"]) == (1, "receiver_failed")
    assert (row["last_failure_status"], row["last_success_at"]) == (503, None)
    bench.clock.advance(10)
    await bench.do_due_work()
    (row,) = await bench.rows(health)
    assert (row["consecutive_failures"], row["last_failure_reason"]) == (2, "interrupted")
    assert (row["last_failure_status"], row["last_failure_at"]) == (None, bench.clock.now)
    bench.clock.advance(10)
    await bench.do_due_work()
    (row,) = await bench.rows(health)
    assert (row["consecutive_failures"], row["last_success_at"]) == (0, bench.clock.now)
    assert row["last_failure_reason"] == "interrupted"


_STORED_BEFORE = """
update work set payload = (payload::jsonb || jsonb_build_object('cause', jsonb_build_object(
    'event_id', $1::uuid, 'subject', $2::uuid, 'correlation_id', $3::uuid, 'traceparent', $4::text
)))::text
"""


async def test_work_that_an_earlier_version_stored_is_done_after_an_upgrade(
    bench: Bench, mail_server: FakeMailServer
) -> None:
    event = reply(bench.clock.now)
    await bench.handle(event)
    correlation_id, trace = uuid4(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await bench.value(_STORED_BEFORE, event.id, event.subject, correlation_id, trace)
    await bench.do_due_work()
    assert len(mail_server.mails()) == 1
    for one in await bench.published():
        assert (one.causation_id, one.subject) == (event.id, event.subject)
        assert (one.correlation_id, one.traceparent) == (correlation_id, trace)
