"""Clocks are told how far the log has been read, not what time it is, while we are behind."""

from datetime import UTC, datetime, timedelta

from deskstream_escalation.domain.log_time import LogTime

NOW = datetime(2026, 3, 2, tzinfo=UTC)
QUIET = timedelta(seconds=5)


def test_not_known_right_after_the_start() -> None:
    assert LogTime(QUIET, read_at=NOW).at(NOW + timedelta(seconds=4)) is None


def test_now_when_nothing_has_come_for_a_while() -> None:
    now = NOW + timedelta(seconds=5)
    assert LogTime(QUIET, read_at=NOW).at(now) == now


def test_that_of_the_events_while_they_come() -> None:
    last_year = NOW - timedelta(days=365)
    assert LogTime(QUIET, NOW, last_year).at(NOW + timedelta(seconds=1)) == last_year


def test_never_later_than_now() -> None:
    assert LogTime(QUIET, NOW, NOW + timedelta(hours=1)).at(NOW) == NOW
