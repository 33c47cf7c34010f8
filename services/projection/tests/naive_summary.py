"""What a summary must say, counted event by event in plain Python."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deskstream_contracts import Event
from deskstream_projection.domain.calendar import BucketSize

CLOCK = {"minute": 60, "quarter_hour": 900, "hour": 3_600}


def part_of(moment: datetime, size: BucketSize, zone: ZoneInfo) -> object:
    """What the calendar and the clock on the wall show, as far as the bucket shows."""
    local = moment.astimezone(zone)
    day = local.date()
    if size == "day":
        return day
    if size == "week":
        return day.isocalendar()[:2]
    if size == "month":
        return day.year, day.month
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return day, int((local - midnight).total_seconds()) // CLOCK[size], local.utcoffset()


def is_past(event: Event[Any]) -> bool:
    return bool(getattr(event.data, "imported", False))


def time_of(event: Event[Any]) -> datetime:
    time: datetime = event.data.occurred_at if is_past(event) else event.time
    return time


class NaiveSummary:
    """Of the events in a time. Every event counts once, however often it is given."""

    def __init__(
        self, events: Iterable[Event[Any]], start: datetime, end: datetime, imported: str
    ) -> None:
        wanted = {"include": {True, False}, "exclude": {False}, "only": {True}}[imported]
        known = {event.id: event for event in events}.values()
        self.events = [
            event for event in known
            if start <= time_of(event) < end and is_past(event) in wanted
        ]  # fmt: skip
        self.snapshots = [
            snapshot
            for snapshot in _snapshots(known).values()
            if (snapshot.history is not None) in wanted
        ]
        self.start, self.end = start, end

    def of(self, event_type: str) -> list[Any]:
        return [event.data for event in self.events if event.data.event_type == event_type]

    def labels(self, event_type: str, field: str) -> Counter[str]:
        return Counter(getattr(data, field) for data in self.of(event_type))

    def average(self, event_type: str, field: str) -> float | None:
        values = [getattr(data, field) for data in self.of(event_type)]
        return sum(values) / len(values) if values else None

    def channels(self) -> dict[str, dict[str, int]]:
        created, resolved = (
            Counter(data.ticket.channel for data in self.of(event_type))
            for event_type in ("ticket.created", "ticket.resolved")
        )
        return {
            channel: {"created": created[channel], "resolved": resolved[channel]}
            for channel in created | resolved
        }

    def approvals(self) -> Counter[str]:
        return Counter(
            "own_words" if data.draft_id is None
            else "auto" if data.auto
            else "edited" if data.edited
            else "as_drafted"
            for data in self.of("reply.approved")
        )  # fmt: skip

    def buckets(self, size: BucketSize, zone: ZoneInfo) -> dict[object, Counter[str]]:
        found: dict[object, Counter[str]] = {}
        for event in self.events:
            counts = found.setdefault(part_of(time_of(event), size, zone), Counter())
            counts[event.data.event_type] += 1
        return found

    def seconds(self, until: str) -> list[float]:
        """From each ticket's creation to what its snapshot says, where that is in the time."""
        ends = [(snapshot.created_at, getattr(snapshot, until)) for snapshot in self.snapshots]
        return sorted(
            (end - begin) / timedelta(seconds=1)
            for begin, end in ends
            if end is not None and self.start <= end < self.end
        )


def _snapshots(events: Iterable[Event[Any]]) -> dict[Any, Any]:
    """The newest snapshot of each ticket."""
    snapshots: dict[Any, Any] = {}
    for event in events:
        snapshot = getattr(event.data, "ticket", None)
        known = snapshots.get(event.subject)
        if snapshot is not None and (known is None or snapshot.version > known.version):
            snapshots[event.subject] = snapshot
    return snapshots


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Between the two nearest, as far from each as the share is."""
    if not ordered:
        return None
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
