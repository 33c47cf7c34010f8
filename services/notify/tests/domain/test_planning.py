"""Which events call for which notifications."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest
from notify_events import example, happened, reply

from deskstream_contracts import Event
from deskstream_notify.domain.message import AlertMail, ReplyMail, WebhookCall
from deskstream_notify.domain.notification import Notification, lane_of
from deskstream_notify.domain.planning import (
    alerts,
    reply_to_customer,
    undeliverable,
    webhook_calls,
    webhook_test,
)
from deskstream_notify.domain.subscription import (
    SUBSCRIBABLE_EVENTS,
    SubscribableType,
    Subscription,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AGE_MAX = timedelta(hours=72)
BATCH_WINDOW = timedelta(seconds=5)


def planned(event: Event[Any], now: datetime = NOW) -> Notification:
    return reply_to_customer(event, now, AGE_MAX)


def subscription(*event_types: str, created_at: datetime = NOW - timedelta(days=1)) -> Subscription:
    return Subscription(uuid4(), "https://hook.example/", frozenset(event_types), created_at)


def test_a_reply_becomes_a_mail_to_the_customer() -> None:
    event = reply(NOW, body="Hello", auto=True)
    notification = planned(event)
    assert notification.skipped is None
    assert isinstance(notification.message, ReplyMail)
    assert notification.message.to == notification.recipient == "maya@example.com"
    assert notification.message.body == "Hello"
    assert notification.message.automatic
    assert notification.message.cause.id == event.id
    assert undeliverable(event, notification) is None


@pytest.mark.parametrize("channel", ["rest", "email", "web", "import", "shopify", "never_heard_of"])
def test_every_customer_with_an_address_gets_a_mail(channel: str) -> None:
    assert planned(reply(NOW, channel=channel)).message is not None


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (reply(NOW, email=None), "no_address"),
        (reply(NOW, email=""), "no_address"),
        (reply(NOW, email="maya at example"), "invalid_address"),
        (reply(NOW, channel="sms"), "unsupported_channel"),
        (reply(NOW, channel="zendesk"), "unsupported_channel"),
    ],
)
def test_a_reply_that_cannot_be_sent_is_announced_as_undeliverable(
    event: Event[Any], reason: str
) -> None:
    notification = planned(event)
    announced = undeliverable(event, notification)
    assert notification.message is None
    assert announced is not None
    assert announced.data.reason == notification.skipped == reason
    assert announced.data.attempts == 0
    assert announced.data.notification_id == notification.id
    assert announced.causation_id == event.id


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (reply(NOW - AGE_MAX - timedelta(seconds=1)), "too_old"),
        (reply(NOW - AGE_MAX - timedelta(seconds=1), email=None), "too_old"),
        (reply(NOW, email=None)._replace(revision=2), "erased"),
    ],
)
def test_history_is_neither_sent_nor_undeliverable(event: Event[Any], reason: str) -> None:
    notification = planned(event)
    assert notification.skipped == reason
    assert notification.message is None
    assert undeliverable(event, notification) is None


def test_the_same_event_is_the_same_notification_whenever_it_is_planned() -> None:
    event = reply(NOW)
    later = planned(event, NOW + timedelta(hours=1))
    assert later.id == planned(event).id


def test_another_event_recipient_or_channel_is_another_notification() -> None:
    event = reply(NOW)
    moved = happened("escalated", NOW)
    ids = {
        planned(event).id,
        planned(reply(NOW)).id,
        *(
            one.id
            for one in alerts(moved, ["a@b.example", "c@d.example"], NOW, AGE_MAX, BATCH_WINDOW)
        ),
        *(one.id for one in webhook_calls(moved, [subscription("escalated")], NOW, AGE_MAX)),
    }
    assert len(ids) == 5


def test_a_mail_that_came_in_is_answered_by_its_message_id() -> None:
    external = example("reply.approved").data.external
    by_mail = external.model_copy(update={"source": "email", "id": "<a@mail.example>"})
    answered = planned(reply(NOW, external=by_mail)).message
    other = planned(reply(NOW, external=external)).message
    assert isinstance(answered, ReplyMail)
    assert isinstance(other, ReplyMail)
    assert answered.in_reply_to == "<a@mail.example>"
    assert other.in_reply_to is None


@pytest.mark.parametrize("event_type", ["escalated", "sla.warned", "sla.breached"])
def test_an_alarming_event_is_an_alert_to_everyone_on_duty(event_type: str) -> None:
    event = happened(event_type, NOW)
    planned = alerts(event, ["a@b.example", "c@d.example"], NOW, AGE_MAX, BATCH_WINDOW)
    assert [one.recipient for one in planned] == ["a@b.example", "c@d.example"]
    assert all(isinstance(one.message, AlertMail) for one in planned)
    assert all(one.recipient_kind == "agent" for one in planned)


def test_without_an_alarm_or_anybody_on_duty_there_is_no_alert() -> None:
    assert alerts(happened("sla.met", NOW), ["a@b.example"], NOW, AGE_MAX, BATCH_WINDOW) == []
    assert alerts(happened("escalated", NOW), [], NOW, AGE_MAX, BATCH_WINDOW) == []


def test_an_old_alarm_is_skipped() -> None:
    (noted,) = alerts(
        happened("escalated", NOW - AGE_MAX * 2), ["a@b.example"], NOW, AGE_MAX, BATCH_WINDOW
    )
    assert noted.skipped == "too_old"
    assert noted.message is None


def test_a_subscription_is_called_with_its_event_types_alone() -> None:
    wanting, other = subscription("ticket.created"), subscription("ticket.resolved")
    event = happened("ticket.created", NOW)
    (call,) = webhook_calls(event, [wanting, other], NOW, AGE_MAX)
    assert isinstance(call.message, WebhookCall)
    assert call.message.subscription_id == wanting.id
    assert call.recipient == str(wanting.id)


def test_a_subscription_gets_no_event_older_than_itself() -> None:
    late = subscription("ticket.created", created_at=NOW)
    event = happened("ticket.created", NOW - timedelta(milliseconds=1))
    assert webhook_calls(event, [late], NOW, AGE_MAX) == []


def test_an_old_event_is_skipped() -> None:
    long_ago = NOW - AGE_MAX * 2
    patient = subscription("ticket.created", created_at=long_ago)
    (call,) = webhook_calls(happened("ticket.created", long_ago), [patient], NOW, AGE_MAX)
    assert call.skipped == "too_old"
    assert call.message is None


def test_a_revision_is_sent_to_systems_as_a_call_of_its_own() -> None:
    wanting = subscription("ticket.created")
    event = happened("ticket.created", NOW)
    (first,) = webhook_calls(event, [wanting], NOW, AGE_MAX)
    (second,) = webhook_calls(event._replace(revision=2), [wanting], NOW, AGE_MAX)
    assert first.id != second.id
    assert isinstance(second.message, WebhookCall)
    assert second.message.revision == 2


def test_a_test_call_needs_no_event() -> None:
    test_id = uuid4()
    call = webhook_test(test_id, subscription(), NOW)
    assert call.id == test_id
    assert isinstance(call.message, WebhookCall)
    assert call.message.test


def test_a_lane_is_one_recipient_and_one_ticket() -> None:
    event = happened("escalated", NOW)
    again = happened("sla.breached", NOW)._replace(subject=event.subject)
    one, two = alerts(event, ["a@b.example", "c@d.example"], NOW, AGE_MAX, BATCH_WINDOW)
    (same, _) = alerts(again, ["a@b.example", "c@d.example"], NOW, AGE_MAX, BATCH_WINDOW)
    assert lane_of(one) == lane_of(same)
    assert lane_of(one) != lane_of(two)


def test_the_types_a_webhook_may_be_for_are_those_of_subscribable_events() -> None:
    assert set(get_args(SubscribableType)) == {
        event_type.event_type for event_type in SUBSCRIBABLE_EVENTS
    }


def test_an_address_that_cannot_be_used_is_never_written_to() -> None:
    event = reply(NOW, email=None)
    unusable = {"unusable_addresses": ("kim..x@shop.example",)}
    customer = event.data.customer.model_copy(update=unusable)
    event = event._replace(data=event.data.model_copy(update={"customer": customer}))
    notification = planned(event)
    assert notification.message is None
    announced = undeliverable(event, notification)
    assert announced is not None
    assert announced.data.reason == "no_address"


def test_an_event_is_history_only_past_the_age_limit() -> None:
    assert planned(reply(NOW - AGE_MAX)).skipped is None
    assert planned(reply(NOW - AGE_MAX - timedelta(microseconds=1))).skipped == "too_old"


def test_an_alert_waits_for_others_and_says_what_happened() -> None:
    event = happened("escalated", NOW, level=2)
    (alert,) = alerts(event, ["a@b.example"], NOW, AGE_MAX, BATCH_WINDOW)
    assert alert.due_at == NOW + BATCH_WINDOW
    assert isinstance(alert.message, AlertMail)
    assert alert.message.headline == "Ticket escalated to level 2"
    assert (alert.message.to, alert.purpose) == ("a@b.example", "alert")
    assert (alert.cause_id, alert.cause_revision) == (event.id, 1)


def test_a_call_about_an_event_is_no_test_and_a_test_call_no_event() -> None:
    wanting = subscription("escalated")
    (call,) = webhook_calls(happened("escalated", NOW), [wanting], NOW, AGE_MAX)
    test = webhook_test(uuid4(), wanting, NOW)
    assert isinstance(call.message, WebhookCall)
    assert isinstance(test.message, WebhookCall)
    assert (call.purpose, call.message.test, call.message.body) == ("subscription", False, None)
    assert (test.purpose, test.cause_revision) == ("subscription_test", 1)
    assert "webhook.test" in (test.message.body or "")
    assert str(wanting.id) in (test.message.body or "")


def test_the_address_of_an_erased_customer_is_not_kept() -> None:
    assert planned(reply(NOW)._replace(revision=2)).recipient == ""


def test_an_invalid_address_is_kept_as_it_was_typed() -> None:
    assert planned(reply(NOW, email="maya at example")).recipient == "maya at example"
