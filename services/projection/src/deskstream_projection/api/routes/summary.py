"""`GET /v1/analytics/summary`: the figures of a period."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from deskstream_projection.adapters.summary_queries import (
    count_events,
    durations,
    minutes_forgotten,
)
from deskstream_projection.api.requests import SummaryQuery
from deskstream_projection.api.responses.summary import Summary, summarise
from deskstream_projection.domain.calendar import Period, bucket_starts
from deskstream_projection.domain.read_models.roll_up import Grain
from deskstream_projection.settings import SummarySettings
from deskstream_runtime.clock import Clock
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.problems import Problem
from deskstream_runtime.postgres.connection import Connection
from deskstream_runtime.postgres.database import Database

_READ = Permission("analytics:read")
_BY_DEFAULT = timedelta(days=1)


def summary_router(
    database: Database, clock: Clock, limits: SummarySettings, minutes_kept: timedelta
) -> APIRouter:
    """`minutes_kept`: how long roll-ups by the minute are kept."""
    router = APIRouter(prefix="/v1/analytics", tags=["analytics"])

    @router.get("/summary")
    async def summary(
        _: Annotated[Principal, Depends(_READ)], asked: Annotated[SummaryQuery, Query()]
    ) -> Summary:
        """What happened between two moments, in numbers."""
        now = clock()
        period = _period(asked, now, limits)
        async with (
            database.connection() as connection,
            # All figures are of one moment.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            if asked.bucket == "minute":
                await _check_minutes(connection, period.start, now - minutes_kept)
            grain: Grain = "minute" if asked.bucket == "minute" else "quarter_hour"
            counts = await count_events(connection, period, grain, asked.imported)
            answered = await durations(connection, "first_response_at", period, asked.imported)
            resolved = await durations(connection, "resolved_at", period, asked.imported)
        return summarise(period, asked.bucket, asked.tz, counts, answered, resolved)

    return router


def _period(asked: SummaryQuery, now: datetime, limits: SummarySettings) -> Period:
    end = asked.end or now
    start = asked.start or end - _BY_DEFAULT
    if start >= end:
        raise Problem(422, "invalid-range", "Invalid range", "`from` must be before `to`.")
    if end - start > timedelta(days=limits.days_max):
        detail = f"At most {limits.days_max} days can be asked for at once."
        raise Problem(422, "range-too-long", "Range too long", detail)
    starts = bucket_starts(start, end, asked.bucket, asked.tz)
    first = [*islice(starts, limits.buckets_max + 1)]
    if len(first) > limits.buckets_max:
        detail = (
            f"By {asked.bucket} these are more than {limits.buckets_max} buckets. Ask for larger "
            "buckets or a shorter time."
        )
        raise Problem(422, "range-too-long", "Range too long", detail)
    return Period(start, end, first)


async def _check_minutes(connection: Connection, start: datetime, kept: datetime) -> None:
    """Raises 422 where minutes are gone: by the setting, or removed before it was raised."""
    forgotten = await minutes_forgotten(connection)
    first = max(kept, forgotten) if forgotten else kept
    if start < first:
        detail = (
            f"Minutes are kept from {first.isoformat()} on. Ask for bucket=quarter_hour, or for a "
            "later `from`."
        )
        raise Problem(422, "minutes-not-kept", "Minutes not kept", detail)
