"""The rows of work: leased, taken back, postponed, given back. A lease's id names its holder."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

from deskstream_runtime.postgres.connection import Connection, Transaction
from deskstream_runtime.work.kind import Interrupted, LeasedWork, Postponed

# Rows leased or due later are not even looked at: `greatest` is what work_due is an index on.
# A scalar subquery and no anti-join, so that the planner can only look into the index for each row
# it considers, and never hash the whole table.
LEASE = """
with candidate as (
    select w.seq from work w
    where w.kind = $1 and greatest(w.due_at, w.leased_until) <= $2
      and w.seq = (select min(e.seq) from work e where e.kind = w.kind and e.subject = w.subject)
    order by greatest(w.due_at, w.leased_until) limit $3
    for update skip locked
)
update work set lease = $4, leased_until = $5, attempts = attempts + 1
from candidate where work.seq = candidate.seq
returning work.seq, work.id, work.kind, work.subject, work.payload, work.attempts
"""

_TAKE_BACK = """
delete from work w using unnest($1::uuid[], $2::uuid[]) held(id, lease)
where w.id = held.id and w.lease = held.lease
returning w.id, w.lease
"""

_POSTPONE = """
update work w set due_at = n.due_at, lease = null, leased_until = null, last_error = n.error
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[]) n(id, lease, due_at, error)
where w.id = n.id and w.lease = n.lease
"""

_GIVE_BACK = """
update work w set lease = null, leased_until = null, attempts = w.attempts - 1
from unnest($1::uuid[], $2::uuid[]) held(id, lease)
where w.id = held.id and w.lease = held.lease
"""

_PAYLOADS = "select id, payload from work where id = any($1::uuid[])"

_ERROR_MAX_CHARS = 200


async def lease_work(
    connection: Connection, kind: str, rows_max: int, *, now: datetime, until: datetime
) -> list[LeasedWork]:
    """Up to `rows_max` rows of the kind that are due: of each subject the oldest alone."""
    lease = uuid4()
    rows = await connection.fetch(LEASE, kind, now, rows_max, lease, until)
    return leased_work(rows, lease, until)


def leased_work(
    rows: Iterable[Mapping[str, Any]], lease: UUID, until: datetime
) -> list[LeasedWork]:
    """The rows just leased, in the order they were stored."""
    return [
        LeasedWork(
            **{name: row[name] for name in ("id", "kind", "subject", "payload")},
            attempt=row["attempts"],
            lease=lease,
            leased_until=until,
            share=row.get("share"),
        )
        for row in sorted(rows, key=itemgetter("seq"))
    ]


async def take_back(tx: Transaction, work: Sequence[LeasedWork]) -> set[tuple[UUID, UUID]]:
    """Removes rows that are done or given up; returns (id, lease) of those that were still ours.

    A row is not, when its lease ran out and another process, or this one, has taken it over.
    """
    if not work:
        return set()
    rows = await tx.fetch(_TAKE_BACK, [one.id for one in work], [one.lease for one in work])
    return {(row["id"], row["lease"]) for row in rows}


async def postpone(tx: Transaction, postponed: Sequence[Postponed]) -> None:
    """Gives rows back, to be leased again when they are due. Those not ours any more are left."""
    if postponed:
        await tx.execute(
            _POSTPONE,
            [one.work.id for one in postponed],
            [one.work.lease for one in postponed],
            [one.due_at for one in postponed],
            [one.error[:_ERROR_MAX_CHARS] for one in postponed],
        )


async def give_back(tx: Transaction, interrupted: Sequence[Interrupted]) -> None:
    """Gives rows back as they were before they were leased. Those not ours any more are left."""
    if interrupted:
        await tx.execute(
            _GIVE_BACK,
            [one.work.id for one in interrupted],
            [one.work.lease for one in interrupted],
        )


async def payloads_of(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The payloads of these pieces of work by id, as far as their rows are left."""
    return {row["id"]: row["payload"] for row in await connection.fetch(_PAYLOADS, ids)}
