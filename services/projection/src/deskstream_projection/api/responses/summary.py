"""The answer of `GET /v1/analytics/summary`, computed from counts by type, label and channel."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from asyncpg import Record
from pydantic import BaseModel, Field

from deskstream_contracts.events.article import ArticlePublished
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.reply import (
    ReplyApproved,
    ReplyDelivered,
    ReplyDrafted,
    ReplyDraftFailed,
    ReplyRejected,
    ReplyUndeliverable,
)
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.sla import SlaBreached, SlaMet
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketReopened,
    TicketResolved,
    TicketTriaged,
)
from deskstream_contracts.model import EventData
from deskstream_projection.adapters.summary_queries import Count, Counts
from deskstream_projection.domain.calendar import BucketSize, Period


class Bucket(BaseModel):
    """Counts by event type of one minute, quarter hour, hour, day, week or month of the time zone.

    Of the first and the last bucket, events outside the requested period are not counted.
    """

    start: Annotated[datetime, Field(description="With the offset that the zone has then.")]
    counts: dict[str, int]


class ChannelCounts(BaseModel):
    """Tickets created and resolved on a channel."""

    created: int
    resolved: int


class Drafts(BaseModel):
    """Proposed replies and their outcome. `acceptance` is approved / (approved + rejected)."""

    drafted: int
    failed: int
    average_confidence: float | None
    approved_as_drafted: int
    approved_edited: int
    approved_auto: int
    rejected: int
    acceptance: float | None


class Durations(BaseModel):
    """Seconds from the ticket's creation."""

    count: int
    average_s: float | None
    p50_s: float | None
    p90_s: float | None
    p99_s: float | None


class Summary(BaseModel):
    """Counts are of events recorded in the period; those of an imported past at their own time.

    They do not depend on `bucket`. Buckets without events are left out. Averages are of values in
    thousandths.

    Response and resolution times are of tickets first answered, or resolved and still so: a ticket
    that is reopened counts in `resolved` and no longer in `resolution`. With `imported=exclude`
    they are of tickets that began here.
    """

    start: Annotated[datetime, Field(serialization_alias="from")]
    end: Annotated[datetime, Field(serialization_alias="to")]
    tz: Annotated[str, Field(description="The IANA time zone of buckets and of written times.")]
    bucket: BucketSize
    created: int
    resolved: int
    reopened: int
    escalated: int
    delivered: int
    undeliverable: int
    sentiment: dict[str, int]
    average_sentiment: float | None
    intents: dict[str, int]
    first_response: Durations
    resolution: Durations
    sla_breached: dict[str, int]
    sla_met: dict[str, int]
    drafts: Drafts
    average_csat: float | None
    channels: dict[str, ChannelCounts]
    articles_published: Annotated[
        int, Field(description="Articles and new versions of them that were published.")
    ]
    buckets: list[Bucket]


def summarise(
    period: Period,
    size: BucketSize,
    zone: ZoneInfo,
    counts: Counts,
    answered: Record,
    resolved: Record,
) -> Summary:
    figures = _Figures(counts.all)
    return Summary(
        start=_written(period.start, zone),
        end=_written(period.end, zone),
        tz=zone.key,
        bucket=size,
        created=figures.count(TicketCreated),
        resolved=figures.count(TicketResolved),
        reopened=figures.count(TicketReopened),
        escalated=figures.count(Escalated),
        delivered=figures.count(ReplyDelivered),
        undeliverable=figures.count(ReplyUndeliverable),
        sentiment=figures.by_label(SentimentScored),
        average_sentiment=figures.average(SentimentScored),
        intents=figures.by_label(TicketTriaged),
        first_response=Durations.model_validate(dict(answered)),
        resolution=Durations.model_validate(dict(resolved)),
        sla_breached=figures.by_label(SlaBreached),
        sla_met=figures.by_label(SlaMet),
        drafts=_drafts(figures),
        average_csat=figures.average(CsatReceived),
        channels=_channels(figures),
        articles_published=figures.count(ArticlePublished),
        buckets=[
            Bucket(start=_written(period.bucket_starts[index], zone), counts=of_bucket)
            for index, of_bucket in sorted(counts.of_buckets.items())
        ],
    )


def _written(moment: datetime, zone: ZoneInfo) -> datetime:
    """In the zone; in UTC where the offset has seconds (Liberia, 1972), which RFC 3339 has not."""
    local = moment.astimezone(zone)
    return moment if (local.utcoffset() or timedelta()) % timedelta(minutes=1) else local


class _Figures:
    """Counts, asked for by event type."""

    def __init__(self, counts: Sequence[Count]) -> None:
        self._counts = counts

    def of(self, event_type: type[EventData]) -> list[Count]:
        return [each for each in self._counts if each.event_type == event_type.event_type]

    def count(self, event_type: type[EventData], label: str | None = None) -> int:
        found = self.of(event_type)
        return sum(each.count for each in found if label is None or each.label == label)

    def average(self, event_type: type[EventData]) -> float | None:
        found = self.of(event_type)
        count = sum(each.count for each in found)
        return sum(each.total_milli for each in found) / 1000 / count if count else None

    def by_label(self, event_type: type[EventData]) -> dict[str, int]:
        return dict(self.by("label", event_type).most_common())

    def by(self, name: Literal["label", "channel"], event_type: type[EventData]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for each in self.of(event_type):
            counts[getattr(each, name)] += each.count
        return counts


def _channels(figures: _Figures) -> dict[str, ChannelCounts]:
    created, resolved = (figures.by("channel", each) for each in (TicketCreated, TicketResolved))
    return {
        channel: ChannelCounts(created=created[channel], resolved=resolved[channel])
        for channel in sorted(created | resolved)
    }


def _drafts(figures: _Figures) -> Drafts:
    approved = [figures.count(ReplyApproved, label) for label in ("as_drafted", "edited", "auto")]
    rejected = figures.count(ReplyRejected)
    decided = sum(approved) + rejected
    return Drafts(
        drafted=figures.count(ReplyDrafted),
        failed=figures.count(ReplyDraftFailed),
        average_confidence=figures.average(ReplyDrafted),
        approved_as_drafted=approved[0],
        approved_edited=approved[1],
        approved_auto=approved[2],
        rejected=rejected,
        acceptance=sum(approved) / decided if decided else None,
    )
