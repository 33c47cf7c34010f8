"""Notifications as they are shown, each with the provider's last report."""

from uuid import UUID

from asyncpg import Record

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


async def list_of_ticket(
    connection: Connection, ticket_id: UUID, before_seq: int | None, rows_max: int
) -> list[Record]:
    """A ticket's notifications, newest first."""
    before = _SEQ_MAX if before_seq is None else before_seq
    return await connection.fetch(_OF_TICKET, ticket_id, before, rows_max)


async def find(connection: Connection, notification_id: UUID) -> Record | None:
    return await connection.fetchrow(_ONE, notification_id)
