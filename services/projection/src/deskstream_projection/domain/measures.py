"""What an event of each type adds to the counts, beside being one more.

Measures are integers (thousandths), so that adding in another order gives the same number.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from deskstream_contracts import EventData
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.notification import NotificationFailed, NotificationSent
from deskstream_contracts.events.reply import ReplyApproved, ReplyDrafted, ReplyDraftFailed
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.sla import SlaEvent, SlaMet
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketTriaged,
)


class Measure(NamedTuple):
    """A label within the event's type, its channel, and what it measured in thousandths."""

    label: str = ""
    channel: str = ""
    milli: int = 0


_NOTHING = Measure()


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
    found = _MEASURES.get(type(data))
    if found is not None:
        return found(data)
    if isinstance(data, SlaMet):
        return Measure(f"{data.clock}{'' if data.in_time else '_late'}")
    if isinstance(data, SlaEvent):
        return Measure(data.clock)
    return _NOTHING
