"""Notifications as they are shown, each with the provider's last report."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deskstream_runtime.postgres.connection import Connection

# A report names the notification where the provider carries our id, else the provider's own id.
_SELECT = """
select n.seq, n.id, n.cause_id, n.channel, n.purpose, n.recipient_kind, n.recipient, n.state,
    n.attempts, n.ambiguous, n.reason, n.planned_at, n.settled_at, r.status as report_status,
    r.error_code as report_error_code, r.occurred_at as reported_at
from notification n
left join lateral (
    select status, error_code, occurred_at from delivery_report d
    where d.notification_id = n.id or d.provider_message_id = n.provider_message_id
    order by occurred_at desc, event_id limit 1) r on true
"""
_OF_TICKET = f"{_SELECT} where n.subject = $1 and n.seq < $2 order by n.seq desc limit $3"
_ONE = f"{_SELECT} where n.id = $1"

_SEQ_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """A row of the table with its last report. `seq` grows with each notification."""

    seq: int
    id: UUID
    cause_id: UUID
    channel: str
    purpose: str
    recipient_kind: str
    recipient: str
    state: str
    attempts: int
    ambiguous: bool
    reason: str | None
    planned_at: datetime
    settled_at: datetime | None
    report_status: str | None
    report_error_code: str | None
    reported_at: datetime | None


async def list_of_ticket(
    connection: Connection, ticket_id: UUID, before_seq: int | None, rows_max: int
) -> list[NotificationRow]:
    """A ticket's notifications, newest first."""
    before = _SEQ_MAX if before_seq is None else before_seq
    rows = await connection.fetch(_OF_TICKET, ticket_id, before, rows_max)
    return [NotificationRow(**row) for row in rows]


async def find(connection: Connection, notification_id: UUID) -> NotificationRow | None:
    row = await connection.fetchrow(_ONE, notification_id)
    return None if row is None else NotificationRow(**row)
