"""A notification is rebuilt from the event about its end as it was stored."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from notify_events import example, reply

from deskstream_contracts import Event
from deskstream_notify.domain.notification import Notification
from deskstream_notify.domain.outcome_events import (
    EndedNotification,
    events_of_failure,
    events_of_success,
)
from deskstream_notify.domain.planning import reply_to_customer
from deskstream_notify.domain.rebuild import RebuiltNotification, rebuilt

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=900)


@pytest.fixture
def planned() -> Notification:
    return reply_to_customer(reply(NOW), NOW, timedelta(hours=72))


def ended(planned: Notification, *, redeliveries: int = 0) -> EndedNotification:
    return EndedNotification(
        planned.id, planned.channel, planned.purpose, planned.recipient_kind, planned.recipient,
        attempts=3, ambiguous=True, settled_at=NOW, reason="timeout", detail="after 30 s",
        provider_message_id="<1@mail>", redeliveries=redeliveries,
    )  # fmt: skip


def again(event: Event[Any], *, revision: int = 1) -> RebuiltNotification:
    return rebuilt(event._replace(revision=revision), LATER)


def test_a_sent_one_is_sent(planned: Notification) -> None:
    assert planned.message is not None
    event, _ = events_of_success(ended(planned), planned.message, "smtp")
    assert again(event) == RebuiltNotification(
        id=planned.id, subject=planned.subject, cause_id=planned.cause_id, cause_revision=1,
        channel="email", purpose="reply", recipient_kind="customer", recipient=planned.recipient,
        redeliveries=0, state="sent", attempts=3, settled_at=NOW, erased_at=None,
        provider_message_id="<1@mail>",
    )  # fmt: skip


@pytest.mark.parametrize(("ambiguous", "state"), [(True, "unknown"), (False, "failed")])
def test_a_failed_one_says_why_and_whether_it_may_have_arrived(
    planned: Notification, ambiguous: bool, state: str
) -> None:
    assert planned.message is not None
    event, _ = events_of_failure(ended(planned), planned.message, "smtp")
    data = event.data.model_copy(update={"ambiguous": ambiguous})
    found = again(event._replace(data=data))
    assert (found.state, found.ambiguous, found.attempts) == (state, ambiguous, 3)
    assert (found.reason, found.detail) == ("timeout", "after 30 s")
    assert (found.settled_at, found.failed_at) == (NOW, NOW)


@pytest.mark.parametrize("redeliveries", [0, 1, 7])
def test_how_often_it_was_repeated_is_in_the_events_id(
    planned: Notification, redeliveries: int
) -> None:
    assert planned.message is not None
    row = ended(planned, redeliveries=redeliveries)
    event, _ = events_of_success(row, planned.message, "smtp")
    assert again(event).redeliveries == redeliveries


@pytest.mark.parametrize("revision", [1, 2, 5])
def test_the_revision_that_it_was_about_is_in_its_own_id(revision: int) -> None:
    cause = reply(NOW)._replace(revision=1)
    planned = reply_to_customer(cause, NOW, timedelta(hours=72))
    assert planned.message is not None
    later = reply_to_customer(cause._replace(revision=revision), NOW, timedelta(hours=72))
    row = ended(planned)
    event, _ = events_of_success(row, planned.message, "smtp")
    address = {"notification_id": later.id, "recipient": later.recipient}
    found = again(event._replace(data=event.data.model_copy(update=address)))
    assert found.cause_revision == revision


def test_a_revised_event_is_of_an_erased_notification() -> None:
    event = example("notification.sent")
    assert again(event, revision=2).erased_at == LATER
    assert again(event, revision=1).erased_at is None


def test_ids_of_another_origin_are_of_no_repetition() -> None:
    event = example("notification.sent")._replace(id=UUID(int=1))
    assert (again(event).redeliveries, again(event).cause_revision) == (0, 1)
