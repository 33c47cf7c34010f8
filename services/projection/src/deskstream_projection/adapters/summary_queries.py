"""Figures of a period: counts of events, and response times from the tickets themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import asyncpg

from deskstream_projection.domain.calendar import Period
from deskstream_projection.domain.read_models.roll_up import MINUTES, Grain, cut_through
from deskstream_runtime.postgres.connection import Connection

# Whole roll-ups, and one by one the events of those that are cut through. Served by the primary
# key of `roll_up`, which starts with (grain, start), and by `timeline_counted_at`. Summed by all
# four columns first: two groupings of every row would sort them twice.
_COUNTS = """
select bucket, event_type, label, channel, sum(count)::bigint, sum(milli)::bigint
from (
    select width_bucket(at, $4::timestamptz[]) - 1 as bucket, event_type, label, channel,
        sum(count) as count, sum(milli) as milli
    from (
        select start as at, event_type, label, channel, imported, count, total_milli as milli
        from roll_up
        where grain = $1 and start >= $2 and start < $3 and start <> all($5::timestamptz[])
        union all
        select counted_at, event_type, label, channel, imported, 1, milli
        from unnest($5::timestamptz[]) as cut (start)
        join timeline
            on counted_at >= greatest(cut.start, $2) and counted_at < least(cut.start + $6, $3)
    ) counted
    where imported = any($7::boolean[])
    group by 1, 2, 3, 4
) kind
group by grouping sets ((bucket, event_type), (event_type, label, channel))
"""

# Served by `ticket_first_response_at` and `ticket_resolved_at`, without visiting the table.
_DURATIONS = """
select count, average_s, percentiles[1] as p50_s, percentiles[2] as p90_s, percentiles[3] as p99_s
from (
    select count(*) as count, avg(seconds) as average_s,
        percentile_cont(array[0.5, 0.9, 0.99]) within group (order by seconds) as percentiles
    from (
        select extract(epoch from {until} - created_at)::float8 as seconds
        from ticket
        where {until} is not null and {until} >= $1 and {until} < $2
            and (imported_at is not null) = any($3::boolean[])
    ) durations
) figures
"""

_MINUTES_FORGOTTEN = "select until from minutes_forgotten"


Imported = Literal["include", "exclude", "only"]
"""Whether an imported past counts too, does not count, or is all that counts."""

_IMPORTED: dict[Imported, list[bool]] = {
    "include": [False, True],
    "exclude": [False],
    "only": [True],
}


@dataclass(frozen=True, slots=True)
class Count:
    """The number of events of a type and label on a channel, and the total they measured."""

    event_type: str
    label: str
    channel: str
    count: int
    total_milli: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a period, and by type of each of its buckets (by index) that has events."""

    all: list[Count]
    of_buckets: dict[int, dict[str, int]]


async def count_events(
    connection: Connection, period: Period, grain: Grain, imported: Imported
) -> Counts:
    """The same for either grain, as long as its roll-ups are kept."""
    rows = await connection.fetch(
        _COUNTS,
        grain,
        period.start,
        period.end,
        period.bucket_starts,
        cut_through((period.start, *period.bucket_starts[1:], period.end), grain),
        timedelta(minutes=MINUTES[grain]),
        _IMPORTED[imported],
    )
    counts = Counts([], {})
    for bucket, event_type, label, channel, count, milli in rows:
        if bucket is None:
            counts.all.append(Count(event_type, label, channel, count, milli))
        else:
            counts.of_buckets.setdefault(bucket, {})[event_type] = count
    return counts


async def minutes_forgotten(connection: Connection) -> datetime | None:
    """The time before which roll-ups by the minute were removed; None if none were."""
    until: datetime | None = await connection.fetchval(_MINUTES_FORGOTTEN)
    return until


async def durations(
    connection: Connection,
    until: Literal["first_response_at", "resolved_at"],
    period: Period,
    imported: Imported,
) -> asyncpg.Record:
    """Of tickets first answered in the period, or of those resolved in it and still so."""
    query = _DURATIONS.format(until=until)
    found: list[asyncpg.Record] = await connection.fetch(
        query, period.start, period.end, _IMPORTED[imported]
    )
    return found[0]


async def recent_counts(connection: Connection, start: datetime, end: datetime) -> dict[str, int]:
    """The number of events of each `type` or `type/label` in a period of the last days.

    An imported past did not happen here, however recent it is. `label` is a sentiment, a clock, and
    the like.
    """
    counts = await count_events(connection, Period(start, end, [start]), "minute", "exclude")
    named: dict[str, int] = {}
    for each in counts.all:
        name = f"{each.event_type}/{each.label}" if each.label else each.event_type
        named[name] = named.get(name, 0) + each.count
    return dict(sorted(named.items()))
