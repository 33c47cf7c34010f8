"""Where buckets begin: days of 23 and 25 hours, clocks set by half an hour, days left out."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import settings as limited
from hypothesis import strategies as st
from naive_summary import part_of

from deskstream_projection.domain.calendar import BucketSize, bucket_starts
from deskstream_projection.domain.read_models.roll_up import cut_through

SIZES: list[BucketSize] = ["minute", "quarter_hour", "hour", "day", "week", "month"]


def starts(start: str, end: str, size: BucketSize, zone: str) -> list[str]:
    """As written in the zone."""
    found = bucket_starts(
        datetime.fromisoformat(start), datetime.fromisoformat(end), size, ZoneInfo(zone)
    )
    return [moment.astimezone(ZoneInfo(zone)).isoformat() for moment in found]


@pytest.mark.parametrize(
    ("zone", "start", "end", "size", "expected"),
    [
        (
            "Europe/Berlin", "2026-03-28T12:00:00+01:00", "2026-03-31T00:00:00+02:00", "day",
            ["2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"],
        ),
        (
            "Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T03:00:00+01:00", "hour",
            ["2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"],
        ),
        (
            "America/New_York", "2026-03-08T01:59:59-05:00", "2026-03-08T03:00:01-04:00", "hour",
            ["2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"],
        ),
        (
            "Asia/Kathmandu", "2026-03-02T00:00:00Z", "2026-03-02T01:20:00Z", "hour",
            ["2026-03-02T05:00:00+05:45", "2026-03-02T06:00:00+05:45", "2026-03-02T07:00:00+05:45"],
        ),
        (
            "Pacific/Chatham", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z", "day",
            ["2026-03-02T00:00:00+13:45", "2026-03-03T00:00:00+13:45"],
        ),
        (  # Set back by half an hour at 02:00, and forward by as much.
            "Australia/Lord_Howe", "2026-04-05T01:00:00+11:00", "2026-04-05T02:30:00+10:30", "hour",
            ["2026-04-05T01:00:00+11:00", "2026-04-05T01:30:00+10:30", "2026-04-05T02:00:00+10:30"],
        ),
        (
            "Australia/Lord_Howe", "2026-10-04T02:45:00+11:00", "2026-10-04T03:15:00+11:00", "hour",
            ["2026-10-04T02:30:00+11:00", "2026-10-04T03:00:00+11:00"],
        ),
        (  # The clock goes from 24:00 to 01:00.
            "Africa/Cairo", "2026-04-24T12:00:00+03:00", "2026-04-25T00:00:01+03:00", "day",
            ["2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"],
        ),
        (  # From 01:00 back to 00:00: the day begins at the first midnight.
            "America/Havana", "2026-11-01T00:30:00-05:00", "2026-11-01T12:00:00-05:00", "day",
            ["2026-11-01T00:00:00-04:00"],
        ),
        (  # Samoa went over the date line and had no 30th.
            "Pacific/Apia", "2011-12-29T12:00:00-10:00", "2012-01-01T00:00:00+14:00", "day",
            ["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"],
        ),
        (  # In the middle of an hour, at 00:01, back to 23:01.
            "America/St_Johns", "2010-11-06T23:59:00-02:30", "2010-11-07T00:00:01-03:30", "hour",
            ["2010-11-06T23:00:00-02:30", "2010-11-07T00:00:00-02:30", "2010-11-06T23:01:00-03:30",
             "2010-11-07T00:00:00-03:30"],
        ),
        (  # The same: the day had begun.
            "America/St_Johns", "2010-11-06T23:30:00-03:30", "2010-11-07T12:00:00-03:30", "day",
            ["2010-11-07T00:00:00-02:30"],
        ),
        (
            "Europe/Berlin", "2026-03-01T12:00:00Z", "2026-03-10T00:00:00Z", "week",
            ["2026-02-23T00:00:00+01:00", "2026-03-02T00:00:00+01:00", "2026-03-09T00:00:00+01:00"],
        ),
        (
            "America/New_York", "2025-12-31T23:59:59Z", "2026-02-01T05:00:00Z", "month",
            ["2025-12-01T00:00:00-05:00", "2026-01-01T00:00:00-05:00"],
        ),
        (
            "UTC", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z", "day",
            ["2026-03-02T00:00:00+00:00"],
        ),
    ],
)  # fmt: skip
def test_buckets_begin_where_the_zone_says(
    zone: str, start: str, end: str, size: BucketSize, expected: list[str]
) -> None:
    assert starts(start, end, size, zone) == expected


@limited(deadline=None)
@given(
    zone=st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
    after=st.timedeltas(timedelta(), timedelta(days=23 * 365)),
    size=st.sampled_from(SIZES),
    minutes=st.integers(1, 3_000),
)
def test_two_moments_share_a_bucket_exactly_if_clock_and_calendar_show_the_same(
    zone: ZoneInfo, after: timedelta, size: BucketSize, minutes: int
) -> None:
    """Since 2012, when the last zone stopped to set its clock back over midnight."""
    start = datetime(2012, 1, 1, tzinfo=UTC) + after
    end = start + timedelta(minutes=minutes)
    found = [*bucket_starts(start, end, size, zone)]
    assert found[0] <= start
    assert found[-1] < end
    shown = [part_of(moment, size, zone) for moment in found]
    assert all(one < other for one, other in pairwise(found))
    assert all(one != other for one, other in pairwise(shown))
    for begin, (until, part) in zip(found, zip([*found[1:], end], shown, strict=True), strict=True):
        last = until - timedelta(microseconds=1)
        middle = begin + (last - begin) / 2
        assert {part_of(moment, size, zone) for moment in (middle, last)} == {part}


def test_only_what_a_moment_falls_inside_of_is_cut_through() -> None:
    moments = [datetime(2026, 3, 2, 8, minute, second, tzinfo=UTC) for minute, second in
               ((0, 0), (15, 0), (17, 0), (29, 59), (30, 1))]  # fmt: skip
    quarters = [moment.minute for moment in cut_through(moments, "quarter_hour")]
    assert quarters == [15, 30]
    assert [moment.minute for moment in cut_through(moments, "minute")] == [29, 30]
    assert cut_through(moments[:2], "quarter_hour") == []


@limited(deadline=None)
@given(day=st.dates(date(1970, 1, 2), date(2040, 1, 1)))
def test_a_day_of_utc_is_a_day(day: date) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert [*bucket_starts(begin, begin + timedelta(days=1), "day", ZoneInfo("UTC"))] == [begin]
