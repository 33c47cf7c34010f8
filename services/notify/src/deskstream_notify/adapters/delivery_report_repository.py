"""Providers' reports on messages they had accepted, in Postgres."""

from collections.abc import Sequence
from datetime import datetime

from deskstream_contracts import Event
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_runtime.postgres.connection import Transaction

_UPSERT = """
insert into delivery_report (
    event_id, revision, notification_id, provider_message_id, status, error_code, occurred_at)
select * from unnest(
    $1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
on conflict (event_id) do update set
    revision = excluded.revision, notification_id = excluded.notification_id,
    provider_message_id = excluded.provider_message_id, status = excluded.status,
    error_code = excluded.error_code, occurred_at = excluded.occurred_at
where excluded.revision > delivery_report.revision
"""

_DELETE_OLD = """
delete from delivery_report where event_id in (
    select event_id from delivery_report where occurred_at < $1 order by occurred_at limit $2)
"""


async def save(tx: Transaction, events: Sequence[Event[DeliveryUpdated]]) -> None:
    """Stores each report once; a revision replaces the report it revises."""
    newest = {event.id: event for event in sorted(events, key=lambda event: event.revision)}
    reports = list(newest.values())
    await tx.execute(
        _UPSERT,
        [event.id for event in reports],
        [event.revision for event in reports],
        [event.data.notification_id for event in reports],
        [event.data.provider_message_id for event in reports],
        [event.data.status for event in reports],
        [event.data.error_code for event in reports],
        [event.data.occurred_at for event in reports],
    )


async def delete_old(tx: Transaction, before: datetime, rows_max: int) -> None:
    """Deletes reports from before this moment."""
    await tx.execute(_DELETE_OLD, before, rows_max)
