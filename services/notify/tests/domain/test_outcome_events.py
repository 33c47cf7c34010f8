"""The events that tell how a notification ended."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from notify_events import happened, reply

from deskstream_contracts import decode, encode
from deskstream_notify.domain.outcome_events import (
    EndedNotification,
    events_of_failure,
    events_of_success,
)
from deskstream_notify.domain.planning import reply_to_customer, webhook_calls, webhook_test
from deskstream_notify.domain.subscription import Subscription

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AGE_MAX = timedelta(hours=72)


def settled(notification, **fields):
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


@pytest.fixture
def planned_reply():
    event = reply(NOW)
    return event, reply_to_customer(event, NOW, AGE_MAX)


@pytest.fixture
def planned_call():
    event = happened("ticket.created", NOW)
    wanting = Subscription(uuid4(), "https://hook.example/", frozenset({"ticket.created"}), NOW)
    (call,) = webhook_calls(event, [wanting], NOW, AGE_MAX)
    return event, call


def test_a_sent_reply_is_sent_and_delivered(planned_reply):
    event, notification = planned_reply
    facts = events_of_success(settled(notification), notification.message, "smtp")
    assert [fact.type for fact in facts] == ["notification.sent", "reply.delivered"]
    assert {fact.subject for fact in facts} == {event.subject}
    assert {fact.causation_id for fact in facts} == {event.id}
    assert facts[0].data.cause_id == event.id
    assert facts[0].data.attempt == 2
    assert facts[1].data.message_id == event.data.message_id


def test_a_failed_reply_is_failed_and_undeliverable(planned_reply):
    event, notification = planned_reply
    row = settled(notification, ambiguous=True, reason="timeout")
    facts = events_of_failure(row, notification.message, "smtp")
    assert [fact.type for fact in facts] == ["notification.failed", "reply.undeliverable"]
    assert facts[0].data.ambiguous
    assert facts[1].data.reason == "timeout"
    assert facts[1].data.message_id == event.data.message_id


def test_a_webhook_is_sent_or_failed_and_nothing_else(planned_call):
    _, call = planned_call
    (sent,) = events_of_success(settled(call), call.message, "webhook")
    (failed,) = events_of_failure(settled(call, attempts=0), call.message, "webhook")
    assert sent.type == "notification.sent"
    assert failed.data.reason == "gave_up"
    assert failed.data.attempts == 1


def test_a_test_call_is_no_fact():
    call = webhook_test(uuid4(), uuid4(), "https://hook.example/", NOW)
    assert events_of_success(settled(call), call.message, "webhook") == []
    assert events_of_failure(settled(call), call.message, "webhook") == []


def test_told_twice_the_facts_are_the_same_records(planned_reply):
    _, notification = planned_reply
    once = events_of_success(settled(notification), notification.message, "smtp")
    again = events_of_success(settled(notification), notification.message, "smtp")
    assert [encode(fact) for fact in once] == [encode(fact) for fact in again]
    assert len({fact.id for fact in once}) == 2
    record = encode(once[0])
    assert decode(record.topic, record.headers, record.value) == once[0]
