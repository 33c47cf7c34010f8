"""Notifications in Postgres, but for the attempts at them (`attempt_repository`)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_notify.domain.notification import Notification
from deskstream_notify.domain.redelivery import PastDelivery
from deskstream_runtime.postgres.connection import Transaction

_INSERT = """
insert into notification (
    id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient,
    state, reason, planned_at, settled_at)
select id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient,
    case when reason is null then 'planned' else 'skipped' end, reason, planned_at,
    case when reason is not null then planned_at end
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::timestamptz[]) n(
    id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient,
    reason, planned_at)
on conflict (id) do nothing
returning id
"""

# A higher revision replaces an event about a person who is now erased: what it caused is announced
# to nobody any more, and the address is blanked. A call in progress ends, and is not repeated.
_ERASE = """
update notification n set
    erased_at = $3,
    recipient = case when n.channel = 'email' then '' else n.recipient end,
    detail = null,
    state = case when n.state = 'planned' then 'skipped' else n.state end,
    reason = case when n.state = 'planned' then 'erased' else n.reason end,
    settled_at = case when n.state = 'planned' then $3 else n.settled_at end
from unnest($1::uuid[], $2::int[]) r(cause_id, revision)
where n.cause_id = r.cause_id and n.cause_revision < r.revision and n.erased_at is null
"""

_PAST = """
select n.id, n.subject, n.cause_id as event_id, n.cause_revision as revision, n.state,
    n.purpose = 'subscription_test' as is_test, coalesce(e.kept, false) as kept, e.correlation_id,
    e.traceparent
from notification n
left join lateral (
    select body is not null as kept, correlation_id, traceparent from webhook_event e
    where e.id = n.cause_id and e.revision = n.cause_revision) e on true
"""
_LOCK_BY_IDS = f"""{_PAST}
where n.id = any($2::uuid[]) and n.channel = 'webhook' and n.recipient = $1
order by n.planned_at, n.seq
for update of n
"""
_LOCK_FAILED = f"""{_PAST}
where n.channel = 'webhook' and n.recipient = $1 and n.planned_at >= $2
  and n.failed_at is not null and n.purpose = 'subscription' and e.kept
order by n.planned_at, n.seq limit $3
for update of n
"""

_PLAN_AGAIN = """
update notification set
    state = 'planned', settled_at = null, failed_at = null, reason = null, detail = null,
    response_status = null, rejected_since = null, redeliveries = redeliveries + 1
where id = any($1::uuid[])
"""

_DELETE_OLD = """
delete from notification where id in (
    select id from notification
    where planned_at < $1 and state in ('sent', 'failed', 'unknown', 'skipped')
    order by planned_at limit $2)
"""


async def insert(tx: Transaction, planned: Sequence[Notification]) -> set[UUID]:
    """Stores notifications as planned or skipped. Returns the ids that were not known before."""
    if not planned:
        return set()
    rows = await tx.fetch(
        _INSERT,
        [one.id for one in planned],
        [one.subject for one in planned],
        [one.cause_id for one in planned],
        [one.cause_revision for one in planned],
        [one.channel for one in planned],
        [one.purpose for one in planned],
        [one.recipient_kind for one in planned],
        [one.recipient for one in planned],
        [one.skipped for one in planned],
        [one.planned_at for one in planned],
    )
    return {row["id"] for row in rows}


async def erase(tx: Transaction, events: Sequence[Event[EventData]], now: datetime) -> None:
    """Blanks the notifications of earlier revisions of these events, and skips those planned."""
    revised = {event.id: event.revision for event in events if event.revision > 1}
    if revised:
        await tx.execute(_ERASE, list(revised), list(revised.values()), now)


async def load_deliveries(
    tx: Transaction, subscription_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, PastDelivery]:
    """The deliveries with these ids that belong to the subscription, locked."""
    rows = await tx.fetch(_LOCK_BY_IDS, str(subscription_id), ids)
    return {row["id"]: PastDelivery(**row) for row in rows}


async def load_failed_deliveries(
    tx: Transaction, subscription_id: UUID, since: datetime, rows_max: int
) -> list[PastDelivery]:
    """Failed deliveries planned since a moment that can be repeated, oldest first, locked."""
    rows = await tx.fetch(_LOCK_FAILED, str(subscription_id), since, rows_max)
    return [PastDelivery(**row) for row in rows]


async def plan_again(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Plans ended notifications once more, under the same ids."""
    await tx.execute(_PLAN_AGAIN, ids)


async def delete_old(tx: Transaction, before: datetime, rows_max: int) -> None:
    """Deletes ended notifications that were planned before this moment."""
    await tx.execute(_DELETE_OLD, before, rows_max)
