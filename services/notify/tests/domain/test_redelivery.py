"""Which deliveries can be repeated, and as what."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from deskstream_notify.domain.message import WebhookCall
from deskstream_notify.domain.notification import State
from deskstream_notify.domain.redelivery import PastDelivery, obstacle_to, redelivery
from deskstream_notify.domain.refusals import (
    Blocked,
    NotRedeliverable,
    Obstacle,
    SubscriptionDisabled,
    SubscriptionUnknown,
    TooManySubscriptions,
)
from deskstream_notify.domain.subscription import Subscription

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DELIVERY, TICKET, EVENT, CHAIN = (UUID(int=n) for n in range(1, 5))
RECEIVER = Subscription(UUID(int=9), "https://hook.example/", frozenset({"escalated"}), NOW)


def past(state: State = "failed", **fields: Any) -> PastDelivery:
    values: dict[str, Any] = {
        "id": DELIVERY,
        "subject": TICKET,
        "event_id": EVENT,
        "revision": 2,
        "state": state,
        "is_test": False,
        "kept": True,
        "correlation_id": CHAIN,
        "traceparent": None,
    }
    return PastDelivery(**(values | fields))


@pytest.mark.parametrize("state", ["sent", "failed", "unknown"])
def test_an_ended_delivery_can_be_repeated(state: State) -> None:
    assert obstacle_to(past(state)) is None


@pytest.mark.parametrize(
    ("delivery", "kind"),
    [
        (None, "unknown"),
        (past("planned"), "not_ended"),
        (past("sending"), "not_ended"),
        (past("skipped"), "not_ended"),
        (past(is_test=True), "not_ended"),
        (past(kept=False), "gone"),
    ],
)
def test_any_other_cannot(delivery: PastDelivery | None, kind: str) -> None:
    obstacle = obstacle_to(delivery)
    assert obstacle is not None
    assert obstacle.kind == kind
    assert obstacle.text


def test_a_redelivery_is_the_same_notification_of_the_same_event_now() -> None:
    later = NOW + timedelta(days=1)
    again = redelivery(past(), RECEIVER, later)
    assert (again.id, again.subject, again.cause_id) == (DELIVERY, TICKET, EVENT)
    assert (again.cause_revision, again.planned_at) == (2, later)
    assert isinstance(again.message, WebhookCall)
    assert (again.message.url, again.message.revision) == (RECEIVER.url, 2)
    assert again.message.cause.correlation_id == CHAIN


def test_a_delivery_of_before_chains_were_stored_starts_one() -> None:
    again = redelivery(past(correlation_id=None), RECEIVER, NOW)
    assert again.message is not None
    assert again.message.cause.correlation_id == EVENT


def test_a_refusal_says_what_was_wrong_and_with_which_value() -> None:
    assert str(RECEIVER.id) in str(SubscriptionUnknown(RECEIVER.id))
    assert "the receiver is gone" in str(SubscriptionDisabled("the receiver is gone"))
    assert "50" in str(TooManySubscriptions(50))
    blocked = (Blocked(0, Obstacle("gone", "")), Blocked(2, Obstacle("unknown", "")))
    refusal = NotRedeliverable(blocked)
    assert str(refusal).startswith("2 of the deliveries")
    assert refusal.blocked == blocked
