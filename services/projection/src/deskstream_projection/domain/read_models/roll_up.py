"""Counts of events by the minute and the quarter hour, and the totals of what they measured.

A quarter hour is a part of every hour and day, whatever the time zone: since 1979 all of them are
whole quarter hours away from UTC. Where a period begins or ends inside a roll-up, or a clock is set
there, the events of that roll-up are counted one by one, in the timeline.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from deskstream_projection.domain.measures import Measure
from deskstream_projection.domain.read_models.timeline import Entry

Grain = Literal["minute", "quarter_hour"]

MINUTES: dict[Grain, int] = {"minute": 1, "quarter_hour": 15}
"""The length of a roll-up."""


class RollUp(NamedTuple):
    """The key of a row. `start` is UTC; an imported past is counted at its own time."""

    grain: Grain
    start: datetime
    event_type: str
    label: str
    channel: str
    imported: bool


def roll_up_start(moment: datetime, grain: Grain) -> datetime:
    """The start of the roll-up that a moment belongs to, in UTC."""
    at = moment.astimezone(UTC)
    return at.replace(minute=at.minute - at.minute % MINUTES[grain], second=0, microsecond=0)


def cut_through(moments: Iterable[datetime], grain: Grain) -> list[datetime]:
    """The starts of the roll-ups inside which one of the moments falls."""
    starts = {moment: roll_up_start(moment, grain) for moment in moments}
    return sorted({start for moment, start in starts.items() if start != moment})


def roll_up(entries: Iterable[Entry]) -> dict[RollUp, tuple[int, int]]:
    """Count and total of each. Every entry must be new: adding up is not idempotent."""
    minutes: defaultdict[tuple[datetime, str, bool, Measure], int] = defaultdict(int)
    for entry in entries:
        start = roll_up_start(entry.counted_at, "minute")
        minutes[start, entry.event_type, entry.imported, entry.measure] += 1
    sums: defaultdict[RollUp, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (minute, event_type, imported, each), number in minutes.items():
        for grain in MINUTES:
            start = roll_up_start(minute, grain)
            key = RollUp(grain, start, event_type, each.label, each.channel, imported)
            count, total_milli = sums[key]
            sums[key] = (count + number, total_milli + number * each.milli)
    return dict(sums)
