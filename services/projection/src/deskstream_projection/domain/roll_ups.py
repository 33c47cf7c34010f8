"""Counts per minute and hour: how many facts of a kind, and the sum of what each measured.

Sums are integers (thousandths), so that adding in another order gives the same number.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.customer import CsatReceived
from deskstream_contracts.events.escalation import SlaEvent, SlaMet
from deskstream_contracts.events.notification import NotificationFailed, NotificationSent
from deskstream_contracts.events.reply import ReplyApproved, ReplyDrafted, ReplyDraftFailed
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
)
from deskstream_contracts.events.understanding import SentimentScored, TicketTriaged
from deskstream_projection.domain.own_time import is_imported, own_time

Grain = Literal["minute", "hour"]


class Measure(NamedTuple):
    """What one fact adds beside its count: a label within its type, a channel, thousandths."""

    label: str = ""
    channel: str = ""
    total_milli: int = 0


class Bucket(NamedTuple):
    """The key of a roll-up row. `start` is UTC; an imported past is counted at its own time."""

    grain: Grain
    start: datetime
    event_type: str
    label: str
    channel: str
    imported: bool = False


_JUST_ONE = Measure()


def _approval(reply: ReplyApproved) -> str:
    if reply.draft_id is None:
        return "own_words"
    if reply.auto:
        return "auto"
    return "edited" if reply.edited else "as_drafted"


_MEASURES: dict[type[EventData], Callable[[Any], Measure]] = {
    TicketCreated: lambda data: Measure(channel=data.ticket.channel),
    TicketMessageAdded: lambda data: Measure(data.kind, data.channel),
    TicketResolved: lambda data: Measure("", data.ticket.channel, round(data.elapsed_s * 1000)),
    TicketReopened: lambda data: Measure(channel=data.ticket.channel),
    SentimentScored: lambda data: Measure(data.label, "", round(data.score * 1000)),
    TicketTriaged: lambda data: Measure(data.intent),
    ReplyDrafted: lambda data: Measure("", "", round(data.confidence * 1000)),
    ReplyDraftFailed: lambda data: Measure(data.reason),
    ReplyApproved: lambda data: Measure(_approval(data), data.channel),
    CsatReceived: lambda data: Measure(str(data.score), "", data.score * 1000),
    NotificationSent: lambda data: Measure(data.purpose, data.channel),
    NotificationFailed: lambda data: Measure(data.purpose, data.channel),
}


def measure(data: EventData) -> Measure:
    """What a fact adds to the roll-up of its type."""
    found = _MEASURES.get(type(data))
    if found is not None:
        return found(data)
    if isinstance(data, SlaMet):
        return Measure(f"{data.clock}{'' if data.in_time else '_late'}")
    if isinstance(data, SlaEvent):
        return Measure(data.clock)
    return _JUST_ONE


def roll_up(events: Iterable[Event[Any]]) -> dict[Bucket, tuple[int, int]]:
    """Count and total of each bucket. Every event must be new: this is what is not idempotent."""
    minutes: defaultdict[tuple[datetime, str, bool, Measure], int] = defaultdict(int)
    for event in events:
        start = own_time(event).astimezone(UTC).replace(second=0, microsecond=0)
        imported = is_imported(event.data)
        minutes[start, event.data.event_type, imported, measure(event.data)] += 1
    sums: defaultdict[Bucket, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (start, event_type, imported, each), number in minutes.items():
        hour = start.replace(minute=0)
        for grain, at in (("minute", start), ("hour", hour)):
            bucket = Bucket(grain, at, event_type, each.label, each.channel, imported)  # type: ignore[arg-type]
            count, total = sums[bucket]
            sums[bucket] = (count + number, total + number * each.total_milli)
    return dict(sums)
