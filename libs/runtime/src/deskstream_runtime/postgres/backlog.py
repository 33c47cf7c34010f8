"""What waits in the database, counted in one statement whose cost has a bound."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from deskstream_runtime.postgres.connection import Connection

ROWS_MAX = 10_000
TICKETS_MAX = 1_000
"""No count goes further: it means that there are so many, or more."""

# Each count ends at its limit, in an index; each oldest is the first of an index. The outbox is
# read from its relay's lower bound on, where it is known, so that dead rows are not walked. Work is
# counted in the index' order, or the planner reads the whole table when much of it is due. Parked
# tickets are counted by going from one subject to the next: one may have thousands of records.
BACKLOG = """
with recursive parked(subject) as (
    (select subject from parked_record order by subject limit 1)
    union all
    select (select p.subject from parked_record p where p.subject > parked.subject
            order by p.subject limit 1)
    from parked where parked.subject is not null
)
select 'outbox' as what, '' as kind,
    (select count(*) from (select 1 from outbox where seq > $5 limit $1) counted) as rows,
    coalesce(extract(epoch from now() - first.stored_at), 0)::float as age_s, first.seq
from (values (1)) one
left join lateral (
    select seq, stored_at from outbox where seq > $5 order by seq limit 1) first on true
union all
select 'aside', '', coalesce(sum(rows), 0)::bigint,
    coalesce(extract(epoch from now() - min(since)), 0)::float, null
from topic_aside
union all
select 'parked', '',
    (select count(subject) from (select subject from parked limit $4) counted),
    coalesce(extract(epoch from $2::timestamptz - first.parked_at), 0)::float, first.seq
from (values (1)) one
left join lateral (select seq, parked_at from parked_record order by seq limit 1) first on true
union all
select 'work', asked.kind,
    (select count(*) from (
        select 1 from work w
        where w.kind = asked.kind and greatest(w.due_at, w.leased_until) <= $2
        order by greatest(w.due_at, w.leased_until) limit $1) counted),
    coalesce(extract(epoch from $2 - first.due), 0)::float, null
from unnest($3::text[]) asked(kind)
left join lateral (
    select greatest(w.due_at, w.leased_until) as due from work w
    where w.kind = asked.kind and greatest(w.due_at, w.leased_until) <= $2
    order by greatest(w.due_at, w.leased_until) limit 1) first on true
"""


class Waiting(NamedTuple):
    """How many wait (at a count's limit: or more), for how long the first, and which that is."""

    number: int
    oldest_age_s: float
    first: int | None


class Backlog(NamedTuple):
    outbox: Waiting
    held: Waiting
    parked_tickets: Waiting
    work_due: Mapping[str, Waiting]


async def read_backlog(
    connection: Connection, kinds: Sequence[str], now: datetime, *, outbox_after: int = 0
) -> Backlog:
    """Counts what waits; of work, these kinds. `outbox_after`: no row up to this one is left."""
    rows = await connection.fetch(BACKLOG, ROWS_MAX, now, kinds, TICKETS_MAX, outbox_after)
    found = {
        (row["what"], row["kind"]): Waiting(row["rows"], max(0.0, row["age_s"]), row["seq"])
        for row in rows
    }
    return Backlog(
        outbox=found["outbox", ""],
        held=found["aside", ""],
        parked_tickets=found["parked", ""],
        work_due={kind: found["work", kind] for kind in kinds},
    )
