"""Which events a subscription is for."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from notify_events import happened

from deskstream_notify.domain.subscription import Subscription, is_imported

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WANTING = Subscription(UUID(int=1), "https://hook.example/", frozenset({"escalated"}), NOW)


def test_it_wants_its_types_from_the_moment_it_exists() -> None:
    assert WANTING.wants(happened("escalated", NOW))
    assert not WANTING.wants(happened("escalated", NOW - timedelta(microseconds=1)))
    assert not WANTING.wants(happened("sla.met", NOW))


def test_an_imported_event_is_known_by_its_body() -> None:
    assert is_imported(happened("ticket.created", NOW, imported=True))
    assert not is_imported(happened("ticket.created", NOW))
    assert not is_imported(happened("escalated", NOW))


def test_a_receiver_that_was_never_called_has_not_failed() -> None:
    assert WANTING.health.consecutive_failures == 0
