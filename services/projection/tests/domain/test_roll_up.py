"""Counts by the minute and the quarter hour."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from ticket_history import START, TicketHistory, as_imported

from deskstream_projection.domain.read_models.roll_up import Grain, RollUp, roll_up, roll_up_start
from deskstream_projection.domain.read_models.timeline import Entry, entry


def scored(*seconds: int) -> list[Entry]:
    """Scores of -0.5, so long after `START`."""
    event = TicketHistory(1).score("negative", -0.5)
    return [entry(event._replace(time=START + timedelta(seconds=after))) for after in seconds]


def key(grain: Grain, minutes: int, *, imported: bool = False) -> RollUp:
    start = START + timedelta(minutes=minutes)
    return RollUp(grain, start, "sentiment.scored", "negative", "", imported)


def test_events_are_counted_and_measured_in_both_grains() -> None:
    assert roll_up(scored(0, 59, 60, 14 * 60 + 59, 15 * 60)) == {
        key("minute", 0): (2, -1_000),
        key("minute", 1): (1, -500),
        key("minute", 14): (1, -500),
        key("minute", 15): (1, -500),
        key("quarter_hour", 0): (4, -2_000),
        key("quarter_hour", 15): (1, -500),
    }


def test_types_labels_channels_and_the_imported_past_are_counted_apart() -> None:
    ticket = TicketHistory(1, channel="sms")
    ticket.score("negative")
    ticket.score("positive", 0.5)
    past = as_imported(TicketHistory(2, channel="email").events, START + timedelta(days=900))
    found = roll_up(map(entry, [*ticket.events, *past]))
    quarters = [each for each in found if each.grain == "quarter_hour"]
    assert {each[2:] for each in quarters} == {
        ("ticket.created", "", "sms", False),
        ("ticket.created", "", "email", True),
        ("sentiment.scored", "negative", "", False),
        ("sentiment.scored", "positive", "", False),
    }
    assert {each.start for each in quarters} == {START}


def test_no_events_are_no_counts() -> None:
    assert roll_up([]) == {}


def total(entries: Iterable[Entry], grain: str) -> tuple[int, int]:
    sums = [sums for each, sums in roll_up(entries).items() if each.grain == grain]
    return sum(count for count, _ in sums), sum(milli for _, milli in sums)


@given(st.lists(st.integers(0, 100_000), max_size=20))
def test_each_grain_counts_every_event_once(seconds: list[int]) -> None:
    expected = (len(seconds), -500 * len(seconds))
    assert total(scored(*seconds), "minute") == expected
    assert total(scored(*seconds), "quarter_hour") == expected


@given(st.timedeltas(timedelta(), timedelta(days=20_000)), st.integers(-48, 48))
def test_a_roll_up_starts_at_a_whole_quarter_hour_of_utc_and_lasts_15_minutes(
    after: timedelta, quarters: int
) -> None:
    epoch = datetime(1980, 1, 1, tzinfo=UTC)
    moment = (epoch + after).astimezone(timezone(timedelta(minutes=15 * quarters)))
    start = roll_up_start(moment, "quarter_hour")
    assert timedelta() <= moment - start < timedelta(minutes=15)
    assert (start - epoch) % timedelta(minutes=15) == timedelta()
    assert start.tzinfo == UTC
