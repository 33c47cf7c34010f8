"""A subscription's deliveries as the ledger holds them: to be looked at, and to be made again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from deskstream_notify.domain.notification import State
from deskstream_notify.domain.redelivery import PastDelivery
from deskstream_runtime.postgres.connection import Connection, Transaction

# How many rows one page looks at, at the most, for those in the states asked for.
SCANNED_MAX = 5_000

_FAILED_STATES = frozenset({"failed", "unknown"})

# `failed_at is not null` lets the index of the failed alone serve: there they are few among many.
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
select p.seq, p.id, p.cause_id, p.subject, p.purpose, p.state, p.attempts, p.ambiguous, p.reason,
    p.response_status, p.planned_at, p.sending_at, p.settled_at, p.redeliveries, e.type,
    e.body is not null as kept, w.due_at
from page p
left join webhook_event e on e.id = p.cause_id and e.revision = p.cause_revision
left join work w on w.id = p.id
order by p.planned_at desc, p.seq desc
"""
_SCANNED_TO = "select n.planned_at, n.seq {of_subscription} offset $5 limit 1"

_PAST = """
select n.id, n.subject, n.cause_id, n.cause_revision, n.purpose, n.state,
    coalesce(e.kept, false) as kept, e.correlation_id, e.traceparent
from notification n
left join lateral (
    select body is not null as kept, correlation_id, traceparent from webhook_event e
    where e.id = n.cause_id and e.revision = n.cause_revision) e on true
"""
_PAST_BY_IDS = f"""{_PAST}
where n.id = any($2::uuid[]) and n.channel = 'webhook' and n.recipient = $1
order by n.planned_at, n.seq
for update of n
"""
_PAST_FAILED = f"""{_PAST}
where n.channel = 'webhook' and n.recipient = $1 and n.planned_at >= $2
  and n.failed_at is not null and n.purpose = 'subscription' and e.kept
order by n.planned_at, n.seq limit $3
for update of n
"""

Key = tuple[datetime, int]
"""Where a page ends: when the delivery was planned, and its number."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as the log shows it. `type` is that of its event, while that is known."""

    seq: int
    id: UUID
    event_id: UUID
    subject: UUID
    is_test: bool
    type: str | None
    state: State
    attempts: int
    ambiguous: bool
    reason: str | None
    response_status: int | None
    planned_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    settled_at: datetime | None
    redeliveries: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. `next_key` is where the next one begins, none at the end."""

    deliveries: Sequence[DeliveryRow]
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
    """Deliveries planned at or after `since`, in these states; in any, if none is given.

    Looks at a bounded number of rows: a page may hold fewer than `limit`, or none, and yet not be
    the last.
    """
    only = "and n.failed_at is not null" if states and set(states) <= _FAILED_STATES else ""
    of_subscription = _OF_SUBSCRIPTION.format(only=only)
    bounds = (str(subscription_id), since, *before, SCANNED_MAX)
    rows = await connection.fetch(
        _PAGE.format(of_subscription=of_subscription), *bounds, list(states) or None, limit + 1
    )
    shown = [_logged(row) for row in rows[:limit]]
    if len(rows) > limit:
        return Page(shown, (shown[-1].planned_at, shown[-1].seq))
    if not states:
        return Page(shown, None)
    end = await connection.fetchrow(
        _SCANNED_TO.format(of_subscription=of_subscription), *bounds[:4], SCANNED_MAX - 1
    )
    return Page(shown, None if end is None else (end["planned_at"], end["seq"]))


async def locked(
    tx: Transaction, subscription_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, PastDelivery]:
    """Those of these deliveries that are the subscription's, locked."""
    rows = await tx.fetch(_PAST_BY_IDS, str(subscription_id), ids)
    return {row["id"]: _past(row) for row in rows}


async def locked_failed(
    tx: Transaction, subscription_id: UUID, since: datetime, rows_max: int
) -> list[PastDelivery]:
    """Its failed deliveries since this moment that can be made again, oldest first, locked."""
    rows = await tx.fetch(_PAST_FAILED, str(subscription_id), since, rows_max)
    return [_past(row) for row in rows]


def _logged(row: Any) -> DeliveryRow:
    return DeliveryRow(
        seq=row["seq"],
        id=row["id"],
        event_id=row["cause_id"],
        subject=row["subject"],
        is_test=row["purpose"] == "subscription_test",
        type=row["type"],
        state=row["state"],
        attempts=row["attempts"],
        ambiguous=row["ambiguous"],
        reason=row["reason"],
        response_status=row["response_status"],
        planned_at=row["planned_at"],
        last_attempt_at=row["sending_at"],
        next_attempt_at=row["due_at"],
        settled_at=row["settled_at"],
        redeliveries=row["redeliveries"],
        kept=row["kept"],
    )


def _past(row: Any) -> PastDelivery:
    return PastDelivery(
        id=row["id"],
        subject=row["subject"],
        event_id=row["cause_id"],
        revision=row["cause_revision"],
        state=row["state"],
        is_test=row["purpose"] == "subscription_test",
        kept=row["kept"],
        correlation_id=row["correlation_id"],
        traceparent=row["traceparent"],
    )
