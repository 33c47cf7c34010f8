"""Where the minutes, hours, days, weeks and months of a time zone begin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Literal
from zoneinfo import ZoneInfo

BucketSize = Literal["minute", "quarter_hour", "hour", "day", "week", "month"]

_OF_THE_CLOCK = {
    "minute": timedelta(minutes=1),
    "quarter_hour": timedelta(minutes=15),
    "hour": timedelta(hours=1),
}
_DAY = timedelta(days=1)
# From the first day of one into the next.
_INTO_THE_NEXT = {"day": _DAY, "week": timedelta(days=7), "month": timedelta(days=31)}


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (included) to `end` (excluded). The first bucket may begin before `start`."""

    start: datetime
    end: datetime
    bucket_starts: Sequence[datetime]


def bucket_starts(
    start: datetime, end: datetime, size: BucketSize, zone: ZoneInfo
) -> Iterator[datetime]:
    """The start, in UTC, of each bucket that holds a part of the time from `start` to `end`.

    Weeks begin on Monday (ISO 8601). A day begins at its first moment, which is 01:00 where the
    clock was set forward at midnight; a day that a zone left out has no bucket. Hours and shorter
    buckets begin at every such moment of the wall clock and wherever the clock is set, so that no
    bucket holds two offsets.
    """
    begin = start.astimezone(UTC)
    if size in _OF_THE_CLOCK:
        starts = _of_the_clock(begin, _OF_THE_CLOCK[size], zone)
    else:
        starts = _of_the_calendar(begin, size, zone)
    return takewhile(lambda moment: moment < end, starts)


def _of_the_clock(begin: datetime, step: timedelta, zone: ZoneInfo) -> Iterator[datetime]:
    floor = begin - _into(begin, step, zone)
    moment = _change_of_clock(floor, begin, zone) or floor
    while True:
        yield moment
        following = moment + step - _into(moment, step, zone)
        moment = _change_of_clock(moment, following, zone) or following


def _into(moment: datetime, step: timedelta, zone: ZoneInfo) -> timedelta:
    """The time since the wall clock last showed a whole step, had it not been set since."""
    local = moment.astimezone(zone)
    return (local - local.replace(minute=0, second=0, microsecond=0)) % step


def _change_of_clock(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """When the clock was set in this hour or less, to the second; None if it was not."""
    offset = after.astimezone(zone).utcoffset()
    if until.astimezone(zone).utcoffset() == offset:
        return None
    before, behind = 0, -((after - until) // timedelta(seconds=1))
    while behind - before > 1:
        middle = (before + behind) // 2
        if (after + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            behind = middle
    return after + timedelta(seconds=behind)


def _of_the_calendar(begin: datetime, size: BucketSize, zone: ZoneInfo) -> Iterator[datetime]:
    today = begin.astimezone(zone).date()
    # A clock that is set back over midnight shows yesterday again, on a day that has begun.
    if _first_moment(today + _DAY, zone) <= begin:
        today += _DAY
    day = _first_day(today, size)
    last = None
    while True:
        moment = _first_moment(day, zone)
        day = _first_day(day + _INTO_THE_NEXT[size], size)
        # A day that was left out begins when the next one does.
        if moment != last:
            yield moment
        last = moment


def _first_day(day: date, size: BucketSize) -> date:
    """The first day of the bucket that holds this day."""
    if size == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if size == "month" else day


def _first_moment(day: date, zone: ZoneInfo) -> datetime:
    """`fold=0`, which `combine` gives, is the first of two midnights, or the end of a gap at it."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
