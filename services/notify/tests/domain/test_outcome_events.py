"""The events that announce how a notification ended."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from notify_events import happened, reply

from deskstream_contracts import Event, decode, encode
from deskstream_notify.domain.notification import Notification
from deskstream_notify.domain.outcome_events import (
    EndedNotification,
    events_of_failure,
    events_of_success,
)
from deskstream_notify.domain.planning import reply_to_customer, webhook_calls, webhook_test
from deskstream_notify.domain.subscription import Subscription

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AGE_MAX = timedelta(hours=72)

PlannedReply = tuple[Event[Any], Notification]


def ended(notification: Notification, **fields: Any) -> EndedNotification:
    values = {
        "id": notification.id,
        "channel": notification.channel,
        "purpose": notification.purpose,
        "recipient_kind": notification.recipient_kind,
        "recipient": notification.recipient,
        "attempts": 2,
        "ambiguous": False,
        "settled_at": NOW,
        "reason": None,
        "detail": None,
        "provider_message_id": None,
    }
    return EndedNotification(**(values | fields))


def when_sent(notification: Notification) -> list[Event[Any]]:
    assert notification.message is not None
    return [*events_of_success(ended(notification), notification.message, "smtp")]


def when_failed(notification: Notification, **fields: Any) -> list[Event[Any]]:
    assert notification.message is not None
    return [*events_of_failure(ended(notification, **fields), notification.message, "smtp")]


@pytest.fixture
def planned_reply() -> PlannedReply:
    event = reply(NOW)
    return event, reply_to_customer(event, NOW, AGE_MAX)


@pytest.fixture
def planned_call() -> Notification:
    event = happened("ticket.created", NOW)
    wanting = Subscription(uuid4(), "https://hook.example/", frozenset({"ticket.created"}), NOW)
    (call,) = webhook_calls(event, [wanting], NOW, AGE_MAX)
    return call


def test_a_sent_reply_is_sent_and_delivered(planned_reply: PlannedReply) -> None:
    event, notification = planned_reply
    events = when_sent(notification)
    assert [one.type for one in events] == ["notification.sent", "reply.delivered"]
    assert {one.subject for one in events} == {event.subject}
    assert {one.causation_id for one in events} == {event.id}
    assert events[0].data.cause_id == event.id
    assert events[0].data.attempt == 2
    assert events[1].data.message_id == event.data.message_id


def test_a_failed_reply_is_failed_and_undeliverable(planned_reply: PlannedReply) -> None:
    event, notification = planned_reply
    events = when_failed(notification, ambiguous=True, reason="timeout")
    assert [one.type for one in events] == ["notification.failed", "reply.undeliverable"]
    assert events[0].data.ambiguous
    assert events[1].data.reason == "timeout"
    assert events[1].data.message_id == event.data.message_id


def test_a_webhook_is_sent_or_failed_and_nothing_else(planned_call: Notification) -> None:
    (sent,) = when_sent(planned_call)
    (failed,) = when_failed(planned_call, attempts=0)
    assert sent.type == "notification.sent"
    assert failed.data.reason == "gave_up"
    assert failed.data.attempts == 1


def test_a_test_call_is_no_event() -> None:
    subscription = Subscription(uuid4(), "https://hook.example/", frozenset(), NOW)
    call = webhook_test(uuid4(), subscription, NOW)
    assert when_sent(call) == []
    assert when_failed(call) == []


def test_published_twice_the_events_are_the_same_records(planned_reply: PlannedReply) -> None:
    _, notification = planned_reply
    once, again = when_sent(notification), when_sent(notification)
    assert [encode(one) for one in once] == [encode(one) for one in again]
    assert len({one.id for one in once}) == 2
    record = encode(once[0])
    assert decode(record.topic, record.headers, record.value) == once[0]


def test_each_repetition_ends_with_an_event_of_its_own(planned_call: Notification) -> None:
    assert planned_call.message is not None
    rows = [ended(planned_call), *(ended(planned_call, redeliveries=n) for n in range(3))]
    ids = [events_of_success(row, planned_call.message, "webhook")[0].id for row in rows]
    assert len(set(ids)) == 3
    assert ids[0] == ids[1]


def test_a_delivery_that_was_never_attempted_failed_at_its_first(
    planned_reply: PlannedReply,
) -> None:
    failed, undeliverable = when_failed(planned_reply[1], attempts=0, reason="withdrawn")
    assert (failed.data.attempts, undeliverable.data.attempts) == (1, 0)
    assert (failed.data.reason, undeliverable.data.reason) == ("withdrawn", "withdrawn")
