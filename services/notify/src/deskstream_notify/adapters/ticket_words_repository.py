"""The customer's words about each ticket in Postgres, for alerts to quote."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from deskstream_notify.domain.ticket_words import TicketWordsUpdate
from deskstream_runtime.postgres.connection import Transaction

# The newest version of each wins, whatever the order. An erased ticket stays erased. The columns of
# `n` are the fields of `TicketWordsUpdate`, in their order.
_UPSERT = """
insert into ticket_words as w (
    ticket_id, subject, subject_version, message, message_version, noted_at)
select ticket_id,
    (array_agg(subject order by version desc) filter (where subject is not null))[1],
    coalesce(max(version) filter (where subject is not null), 0),
    (array_agg(message order by version desc) filter (where message is not null))[1],
    coalesce(max(version) filter (where message is not null), 0),
    $5
from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[])
    n(ticket_id, version, subject, message)
group by ticket_id order by ticket_id
on conflict (ticket_id) do update set
    subject = case when excluded.subject_version > w.subject_version
        then excluded.subject else w.subject end,
    subject_version = greatest(excluded.subject_version, w.subject_version),
    message = case when excluded.message_version > w.message_version
        then excluded.message else w.message end,
    message_version = greatest(excluded.message_version, w.message_version),
    noted_at = excluded.noted_at
where not w.erased
"""

_ERASE = """
insert into ticket_words (ticket_id, noted_at, erased)
select ticket_id, $2, true from unnest($1::uuid[]) e(ticket_id) order by ticket_id
on conflict (ticket_id) do update set
    subject = null, message = null, erased = true, noted_at = excluded.noted_at
"""
_ERASE_QUOTED = "update notification set about = null where subject = any($1::uuid[])"

_DELETE_OLD = """
delete from ticket_words where ticket_id in (
    select ticket_id from ticket_words where noted_at < $1 order by noted_at limit $2)
"""


async def save(tx: Transaction, new: Sequence[TicketWordsUpdate], now: datetime) -> None:
    """Stores the words of these events, where they are newer than the stored ones."""
    if new:
        await tx.execute(_UPSERT, *zip(*new, strict=True), now)


async def erase(tx: Transaction, ticket_ids: Sequence[UUID], now: datetime) -> None:
    """Blanks the words about these tickets for good, also those that waiting mails quote."""
    if ticket_ids:
        unique = sorted(set(ticket_ids))
        await tx.execute(_ERASE, unique, now)
        await tx.execute(_ERASE_QUOTED, unique)


async def delete_old(tx: Transaction, before: datetime, rows_max: int) -> None:
    """Deletes words stored before this moment."""
    await tx.execute(_DELETE_OLD, before, rows_max)
