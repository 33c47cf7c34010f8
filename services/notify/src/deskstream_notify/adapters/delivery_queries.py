"""A subscription's delivery log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from deskstream_notify.domain.notification import State
from deskstream_runtime.postgres.connection import Connection

# At most so many rows are scanned for a page of the requested states.
SCANNED_MAX = 5_000

_FAILED_STATES = frozenset({"failed", "unknown"})

# `failed_at is not null` allows the partial index of failed deliveries: they are few among many.
_OF_SUBSCRIPTION = """
from notification n
where n.channel = 'webhook' and n.recipient = $1 and n.planned_at >= $2
  and (n.planned_at, n.seq) < ($3, $4) {only}
order by n.planned_at desc, n.seq desc
"""
_PAGE = """
with scanned as (select n.* {of_subscription} limit $5),
page as (
    select * from scanned where $6::text[] is null or state = any($6::text[])
    order by planned_at desc, seq desc limit $7)
select p.seq, p.id, p.cause_id as event_id, p.subject, p.purpose = 'subscription_test' as test,
    e.type as event_type, p.state, p.attempts, p.ambiguous, p.reason, p.response_status,
    p.planned_at, p.sending_at as last_attempt_at, w.due_at as next_attempt_at, p.settled_at,
    p.redeliveries, e.body is not null as kept
from page p
left join webhook_event e on e.id = p.cause_id and e.revision = p.cause_revision
left join work w on w.id = p.id
order by p.planned_at desc, p.seq desc
"""
_SCANNED_TO = "select n.planned_at, n.seq {of_subscription} offset $5 limit 1"


Key = tuple[datetime, int]
"""Where a page ends: the moment when its last delivery was planned, and that one's `seq`."""


@dataclass(frozen=True, slots=True)
class Page:
    """Deliveries, newest first. `next_key` is where the next page begins, None at the end."""

    deliveries: Sequence[Record]
    next_key: Key | None


async def page(
    connection: Connection,
    subscription_id: UUID,
    *,
    states: Collection[State],
    since: datetime,
    before: Key,
    limit: int,
) -> Page:
    """Deliveries planned at or after `since`, in these states; in any state, if none is given.

    Scans a bounded number of rows: a page may hold fewer than `limit`, or none, and yet not be the
    last.
    """
    only = "and n.failed_at is not null" if states and set(states) <= _FAILED_STATES else ""
    of_subscription = _OF_SUBSCRIPTION.format(only=only)
    bounds = (str(subscription_id), since, *before, SCANNED_MAX)
    rows = await connection.fetch(
        _PAGE.format(of_subscription=of_subscription), *bounds, list(states) or None, limit + 1
    )
    shown = rows[:limit]
    if len(rows) > limit:
        return Page(shown, (shown[-1]["planned_at"], shown[-1]["seq"]))
    if not states:
        return Page(shown, None)
    end = await connection.fetchrow(
        _SCANNED_TO.format(of_subscription=of_subscription), *bounds[:4], SCANNED_MAX - 1
    )
    return Page(shown, None if end is None else (end["planned_at"], end["seq"]))
