"""The latest rating counts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from deskstream_newservice.domain.rating import Rating, latest

TICKET = UUID(int=1)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
BAD = Rating(TICKET, 1, NOON)
GOOD_LATER = Rating(TICKET, 5, NOON + timedelta(hours=1))


def test_the_latest_rating_counts_in_any_order() -> None:
    assert latest([BAD, GOOD_LATER]) == latest([GOOD_LATER, BAD]) == [GOOD_LATER]


def test_each_ticket_has_its_own() -> None:
    other = Rating(UUID(int=2), 3, NOON)
    assert latest([BAD, other]) == [BAD, other]
