"""`GET /v1/analytics/summary`: what happened in a time, in numbers."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from deskstream_contracts.events.customer import CsatReceived
from deskstream_contracts.events.escalation import Escalated, SlaBreached, SlaMet
from deskstream_contracts.events.reply import (
    ReplyApproved,
    ReplyDelivered,
    ReplyDrafted,
    ReplyDraftFailed,
    ReplyRejected,
    ReplyUndeliverable,
)
from deskstream_contracts.events.ticket import TicketCreated, TicketReopened, TicketResolved
from deskstream_contracts.events.understanding import SentimentScored, TicketTriaged
from deskstream_contracts.model import EventData
from deskstream_projection.adapters.analytics import (
    Durations,
    Imported,
    Sum,
    articles_published,
    first_responses,
    resolutions,
    sums,
)
from deskstream_runtime.clock import Clock
from deskstream_runtime.database import Database
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.instants import Instant
from deskstream_runtime.http.problems import Problem

_READ = Permission("analytics:read")
_BY_DEFAULT = timedelta(days=1)
_LONGEST = {"minute": timedelta(days=2), "hour": timedelta(days=92), "day": timedelta(days=1_100)}


class SummaryQuery(BaseModel):
    """From `from` (included) to `to` (excluded); without them the last day."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[Instant | None, Field(alias="from")] = None
    end: Annotated[Instant | None, Field(alias="to")] = None
    bucket: Literal["minute", "hour", "day"] = "hour"
    imported: Annotated[
        Imported,
        Field(description="Whether the past of imported tickets counts."),
    ] = "include"


class Bucket(BaseModel):
    """Counts by event type of one minute, hour or day (UTC)."""

    start: datetime
    counts: dict[str, int]


class ChannelCounts(BaseModel):
    """What came in and was settled on a channel."""

    created: int
    resolved: int


class Drafts(BaseModel):
    """What became of proposed answers. `acceptance` is approved / (approved + rejected)."""

    drafted: int
    failed: int
    average_confidence: float | None
    approved_as_drafted: int
    approved_edited: int
    approved_auto: int
    rejected: int
    acceptance: float | None


class Summary(BaseModel):
    """Counts are of facts recorded in the time, an imported past at its own.

    Response and resolution times are of tickets: with `imported=exclude` of those begun here.
    """

    start: Annotated[datetime, Field(serialization_alias="from")]
    end: Annotated[datetime, Field(serialization_alias="to")]
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
    articles_published: int
    buckets: list[Bucket]


def create_analytics_router(database: Database, clock: Clock) -> APIRouter:
    """The routes about numbers."""
    router = APIRouter(prefix="/v1/analytics", tags=["analytics"])

    @router.get("/summary")
    async def summary(
        _: Annotated[Principal, Depends(_READ)], asked: Annotated[SummaryQuery, Query()]
    ) -> Summary:
        """What happened between two moments, in numbers."""
        end = asked.end or clock()
        start = asked.start or end - _BY_DEFAULT
        _check(start, end, asked.bucket)
        grain: Literal["minute", "hour"] = "minute" if asked.bucket == "minute" else "hour"
        async with database.connection() as connection:
            found = await sums(connection, grain, start, end, asked.bucket, asked.imported)
            first_response = await first_responses(connection, start, end, asked.imported)
            resolution = await resolutions(connection, start, end, asked.imported)
            articles = await articles_published(connection)
        return summarise(_Sums(found), start, end, first_response, resolution, articles)

    return router


def _check(start: datetime, end: datetime, bucket: str) -> None:
    if start >= end:
        raise Problem(422, "invalid-range", "Invalid range", "`from` must be before `to`.")
    if end - start > _LONGEST[bucket]:
        days = _LONGEST[bucket].days
        detail = f"By {bucket}, at most {days} days can be asked for; ask for larger buckets."
        raise Problem(422, "range-too-long", "Range too long", detail)


class _Sums:
    """Sums of the roll-ups, asked for by event type."""

    def __init__(self, sums: Iterable[Sum]) -> None:
        self.all = list(sums)

    def of(self, *event_types: type[EventData]) -> list[Sum]:
        names = {event_type.event_type for event_type in event_types}
        return [found for found in self.all if found.event_type in names]

    def count(self, event_type: type[EventData], label: str | None = None) -> int:
        found = self.of(event_type)
        return sum(each.count for each in found if label is None or each.label == label)

    def average(self, event_type: type[EventData]) -> float | None:
        found = self.of(event_type)
        count = sum(each.count for each in found)
        return sum(each.total for each in found) / count if count else None

    def by_label(self, event_type: type[EventData]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for each in self.of(event_type):
            counts[each.label] += each.count
        return dict(counts.most_common())

    def by_channel(self) -> dict[str, ChannelCounts]:
        created: Counter[str] = Counter()
        resolved: Counter[str] = Counter()
        for counts, event_type in ((created, TicketCreated), (resolved, TicketResolved)):
            for each in self.of(event_type):
                counts[each.channel] += each.count
        return {
            channel: ChannelCounts(created=created[channel], resolved=resolved[channel])
            for channel in sorted(created | resolved)
        }

    def by_bucket(self) -> list[Bucket]:
        buckets: defaultdict[datetime, Counter[str]] = defaultdict(Counter)
        for each in self.all:
            buckets[each.bucket][each.event_type] += each.count
        return [Bucket(start=start, counts=dict(found)) for start, found in sorted(buckets.items())]


def summarise(
    sums: _Sums,
    start: datetime,
    end: datetime,
    first_response: Durations,
    resolution: Durations,
    articles: int,
) -> Summary:
    """The answer from the sums."""
    return Summary(
        start=start,
        end=end,
        created=sums.count(TicketCreated),
        resolved=sums.count(TicketResolved),
        reopened=sums.count(TicketReopened),
        escalated=sums.count(Escalated),
        delivered=sums.count(ReplyDelivered),
        undeliverable=sums.count(ReplyUndeliverable),
        sentiment=sums.by_label(SentimentScored),
        average_sentiment=sums.average(SentimentScored),
        intents=sums.by_label(TicketTriaged),
        first_response=first_response,
        resolution=resolution,
        sla_breached=sums.by_label(SlaBreached),
        sla_met=sums.by_label(SlaMet),
        drafts=_drafts(sums),
        average_csat=sums.average(CsatReceived),
        channels=sums.by_channel(),
        articles_published=articles,
        buckets=sums.by_bucket(),
    )


def _drafts(sums: _Sums) -> Drafts:
    approved = [sums.count(ReplyApproved, label) for label in ("as_drafted", "edited", "auto")]
    rejected = sums.count(ReplyRejected)
    decided = sum(approved) + rejected
    return Drafts(
        drafted=sums.count(ReplyDrafted),
        failed=sums.count(ReplyDraftFailed),
        average_confidence=sums.average(ReplyDrafted),
        approved_as_drafted=approved[0],
        approved_edited=approved[1],
        approved_auto=approved[2],
        rejected=rejected,
        acceptance=sum(approved) / decided if decided else None,
    )
