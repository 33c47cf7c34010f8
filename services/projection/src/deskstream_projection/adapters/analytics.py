"""Sums over a time: from the roll-ups, and response times from the tickets themselves."""

from datetime import datetime
from typing import Literal

import asyncpg
from pydantic import BaseModel

from deskstream_projection.domain.roll_ups import Grain
from deskstream_runtime.effects import Transaction

# Served by the primary key, which starts with (grain, start).
_SUMS = """
select date_trunc($4, start, 'UTC') as bucket, event_type, label, channel,
    sum(count)::bigint as count, sum(total_milli)::bigint as total_milli
from roll_up
where grain = $1 and start >= $2 and start < $3 and imported = any($5::boolean[])
group by 1, 2, 3, 4
order by 1, 2, 3, 4
"""

# Served by `ticket_first_response_at` and `ticket_resolved_at`, without visiting the table.
_DURATIONS = """
select count(*) as count, avg(seconds) as average_s,
    percentile_cont(array[0.5, 0.9, 0.99]) within group (order by seconds) as percentiles
from (
    select extract(epoch from {until} - created_at)::float8 as seconds
    from ticket
    where {until} is not null and {until} >= $1 and {until} < $2
        and (imported_at is not null) = any($3::boolean[])
) durations
"""
_FIRST_RESPONSES = _DURATIONS.format(until="first_response_at")
_RESOLUTIONS = _DURATIONS.format(until="resolved_at")
# `label` tells how messages sound, whose clock it is, and the like.
_RECENT = """
select event_type || case when label = '' then '' else '/' || label end as name,
    sum(count)::bigint as count
from roll_up
where grain = 'minute' and start >= $1 and not imported
group by 1
order by 1
"""
_ARTICLES = "select count(*) from article where published"


Imported = Literal["include", "exclude", "only"]
"""What to count: an imported past too, or what happened here alone, or that past alone."""

_IMPORTED: dict[Imported, list[bool]] = {
    "include": [False, True],
    "exclude": [False],
    "only": [True],
}


class Sum(BaseModel):
    """How many facts of a type and label on a channel, and the sum of what they measured."""

    bucket: datetime
    event_type: str
    label: str
    channel: str
    count: int
    total: float


class Durations(BaseModel):
    """Seconds from the ticket's creation."""

    count: int
    average_s: float | None
    p50_s: float | None
    p90_s: float | None
    p99_s: float | None


async def sums(
    connection: Transaction,
    grain: Grain,
    start: datetime,
    end: datetime,
    bucket: str,
    imported: Imported,
) -> list[Sum]:
    """The roll-ups of a time, by bucket: `minute`, `hour` or `day`, in UTC."""
    rows = await connection.fetch(_SUMS, grain, start, end, bucket, _IMPORTED[imported])
    return [Sum(**row, total=row["total_milli"] / 1000) for row in rows]


async def first_responses(
    connection: Transaction, start: datetime, end: datetime, imported: Imported
) -> Durations:
    """Of tickets first answered in the time, imported ones as asked for."""
    return _durations(await connection.fetchrow(_FIRST_RESPONSES, start, end, _IMPORTED[imported]))


async def resolutions(
    connection: Transaction, start: datetime, end: datetime, imported: Imported
) -> Durations:
    """Of tickets that were resolved in the time and still are, imported ones as asked for."""
    return _durations(await connection.fetchrow(_RESOLUTIONS, start, end, _IMPORTED[imported]))


async def articles_published(connection: Transaction) -> int:
    """How many knowledge articles can be answered from now."""
    count: int = await connection.fetchval(_ARTICLES)
    return count


def _durations(row: asyncpg.Record | None) -> Durations:
    assert row is not None
    p50, p90, p99 = row["percentiles"] or (None, None, None)
    return Durations(
        count=row["count"], average_s=row["average_s"], p50_s=p50, p90_s=p90, p99_s=p99
    )


async def recent_counts(connection: Transaction, since: datetime) -> dict[str, int]:
    """How many facts of each `type` or `type/label` happened since the minute of `since`.

    An imported past did not happen here, however recent it is.
    """
    rows = await connection.fetch(_RECENT, since)
    return {row["name"]: row["count"] for row in rows}
