"""Times as people and systems write them; an open order of day and month is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Literal, get_args

from deskstream_contracts.model import INSTANT_END, INSTANT_FIRST

DateOrder = Literal["dmy", "mdy", "ymd"]
DATE_ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)

_ISO = re.compile(
    r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})"
    r"(?:[T ,]+(?P<clock>\d{1,2}:.+|\d{1,2} ?[ap]\.?m\.?.*|\d\d\d\d(?:\d\d)?.*))?",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:[T ,]+(?P<clock>\d.*))?")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]?\s+", re.IGNORECASE)
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[- ]([a-z]{3,9})\.?[-, ]+(\d{4})(?:[T, ]+(?:at )?(?P<clock>\d.*))?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?:[T, ]+(?:at )?(?P<clock>\d.*))?",
    re.IGNORECASE,
)
_SHORT_YEAR = re.compile(
    r"(\d{1,2})([-/])([a-z]{3,9})\2(\d\d)(?: +(?P<clock>\d.*))?", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(\d{1,2})(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?\s*([ap]\.?m\.?)?\s*(?P<zone>.*)",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d\d):?(\d\d)?(?:\s*\([A-Za-z ]+\))?", re.IGNORECASE)
_SECONDS = re.compile(r"\d{9,10}(\.\d{1,9})?")
_MILLISECONDS = re.compile(r"\d{12,13}")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


ZONE_IN_NAME = re.compile(r"\s*\((UTC|GMT|[A-Za-z_]+/[A-Za-z_/+-]+)\)\s*$")
"""The zone that a column's name says its times are in, as in `Created (Europe/Berlin)`."""


class NoTime(ValueError):
    """A text is not a time that can be read with certainty; the message says why."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, and whether the text left its zone open, so that `--timezone` was taken."""

    at: datetime
    zone_was_open: bool


def date_readings(text: str) -> Mapping[DateOrder, date]:
    """The dates a text of the kind 03/04/2026 can be, by order; empty for any other text."""
    found = _NUMERIC.fullmatch(text)
    if found is None:
        return {}
    first, second, third = found[1], found[3], found[4]
    year = int(third) if len(third) == 4 else 2000 + int(third)
    attempts: dict[DateOrder, tuple[int, int, int]] = {
        "dmy": (year, int(second), int(first)),
        "mdy": (year, int(first), int(second)),
    }
    if len(third) == 2 and len(first) == 2:
        attempts["ymd"] = (2000 + int(first), int(second), int(third))
    readings: dict[DateOrder, date] = {}
    for order, parts in attempts.items():
        try:
            readings[order] = date(*parts)
        except ValueError:
            continue
    return readings


def read_time(text: str, order: DateOrder | None, zone: tzinfo) -> Moment:
    """The time a text says. `order` decides 03/04/2026, `zone` is that of times without one.

    Raises `NoTime`, also for a time that the zone's clocks skipped or showed twice, and for one
    that no event can tell.
    """
    try:
        moment = _read(text, order, zone)
    except (OverflowError, OSError) as error:
        raise NoTime("is out of the range of times") from error
    if not INSTANT_FIRST <= moment.at < INSTANT_END:
        raise NoTime(f"is not in the years {INSTANT_FIRST.year} to {INSTANT_END.year - 1}")
    return moment


def _read(text: str, order: DateOrder | None, zone: tzinfo) -> Moment:
    if _SECONDS.fullmatch(text):
        return Moment(datetime.fromtimestamp(float(text), UTC), zone_was_open=False)
    if _MILLISECONDS.fullmatch(text):
        at = datetime.fromtimestamp(int(text) // 1000, UTC) + timedelta(
            milliseconds=int(text) % 1000
        )
        return Moment(at, zone_was_open=False)
    day, clock = _day_and_clock(text, order)
    return _on(day, clock, zone)


def _day_and_clock(text: str, order: DateOrder | None) -> tuple[date, str]:
    if found := _ISO.fullmatch(text):
        return _date(int(found[1]), int(found[3]), int(found[4])), found["clock"] or ""
    if found := re.fullmatch(r"(\d{4})(\d\d)(\d\d)T(\d{4}.*)", text):
        return _date(int(found[1]), int(found[2]), int(found[3])), found[4]
    if found := _NUMERIC.fullmatch(text):
        readings = date_readings(text)
        if order is None and len(set(readings.values())) == 1:
            return next(iter(readings.values())), found["clock"] or ""
        if order is None or order not in readings:
            asked = f" in the order {order}" if order else ""
            raise NoTime(f"is not a date{asked}")
        return readings[order], found["clock"] or ""
    plain = _WEEKDAY.sub("", text)
    if found := _DAY_FIRST.fullmatch(plain):
        return _date(int(found[3]), _month(found[2]), int(found[1])), found["clock"] or ""
    if found := _SHORT_YEAR.fullmatch(plain):
        return _date(2000 + int(found[4]), _month(found[3]), int(found[1])), found["clock"] or ""
    if found := _MONTH_FIRST.fullmatch(plain):
        return _date(int(found[3]), _month(found[1]), int(found[2])), found["clock"] or ""
    raise NoTime("is not a time we can read; write it like 2026-03-29T14:30:00Z")


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise NoTime("is not a day of the calendar") from error


def _month(name: str) -> int:
    for number, month in enumerate(_MONTHS, start=1):
        if month.startswith(name.lower()) or (name.lower() == "sept" and number == 9):
            return number
    raise NoTime("names no month in English")


def _on(day: date, clock: str, zone: tzinfo) -> Moment:
    found = _CLOCK.fullmatch(clock.strip()) if clock else None
    if clock and found is None:
        raise NoTime("has a time of day we cannot read")
    hour = minute = second = micro = 0
    zone_text = ""
    if found:
        hour, minute = int(found[1]), int(found[2] or 0)
        second, micro = int(found[3] or 0), int((found[4] or "0").ljust(6, "0")[:6])
        hour = _hour(hour, found[5] or "", has_minutes=found[2] is not None)
        zone_text = found["zone"].strip()
    try:
        local = datetime(day.year, day.month, day.day, hour, minute, second, micro)  # noqa: DTZ001
    except ValueError as error:
        raise NoTime("has a time of day that does not exist") from error
    if zone_text:
        return Moment(local.replace(tzinfo=_zone(zone_text)), zone_was_open=False)
    return Moment(_local(local, zone), zone_was_open=True)


def _hour(hour: int, half: str, *, has_minutes: bool) -> int:
    if not half:
        if not has_minutes:
            raise NoTime("has a time of day we cannot read")
        return hour
    if not 1 <= hour <= 12:
        raise NoTime("has an hour beyond 12 with AM or PM")
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _zone(text: str) -> tzinfo:
    if text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    if found := _OFFSET.fullmatch(text):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if offset < timedelta(hours=24):
            return timezone(offset if found[1] == "+" else -offset)
    # RFC 5322 section 4.3 gives these few letters a meaning; others mean several zones.
    if text.upper() in {"EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"}:
        named = parsedate_to_datetime(f"Thu, 01 Jan 2026 00:00:00 {text.upper()}")
        return named.tzinfo or UTC
    raise NoTime("has a zone we do not know for sure; write it as +02:00")


def _local(local: datetime, zone: tzinfo) -> datetime:
    early, late = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early
    back = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    happened = "twice" if back == local else "never"
    raise NoTime(
        f"happened {happened} in {zone}, whose clocks changed then; write it with its offset"
    )
