"""Attempts at a notification in Postgres: how they begin and end, one statement each.

A function of a connection commits by itself: no transaction is held open during a call to the
outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deskstream_notify.domain.outcome_events import EndedNotification
from deskstream_notify.domain.send_result import SendFailed
from deskstream_runtime.postgres.connection import Connection, Transaction

# A row found in `sending` was left there by a crash or an interrupted call: it may have arrived.
_BEGIN = """
update notification set
    state = 'sending', attempts = attempts + 1, sending_at = $2,
    ambiguous = ambiguous or state = 'sending'
where id = $1 and state in ('planned', 'sending') and erased_at is null
returning attempts
"""

# A first attempt includes the alerts planned for the same recipient about the same ticket within
# the batch window. A repetition includes the same ones: later alerts are another mail.
_BEGIN_BATCH = """
with lead as (
    select id, coalesce(gathered_into, id) as mail_id, subject, recipient, planned_at, attempts
    from notification
    where id = $1 and state in ('planned', 'sending') and erased_at is null
), batch as (
    select id from lead
    union
    select n.id from lead join notification n on n.gathered_into = lead.mail_id
    union
    select n.id from lead join notification n on n.subject = lead.subject
    where lead.attempts = 0 and n.recipient = lead.recipient and n.channel = 'email'
        and n.purpose = 'alert' and n.attempts = 0 and n.gathered_into is null
        and n.planned_at <= lead.planned_at + $3
)
update notification n set
    state = 'sending', attempts = n.attempts + 1, sending_at = $2,
    ambiguous = n.ambiguous or n.state = 'sending',
    gathered_into = case when n.id = lead.id then n.gathered_into else lead.mail_id end
from lead, batch
where n.id = batch.id and n.state in ('planned', 'sending') and n.erased_at is null
returning n.id, n.seq, n.attempts, n.about, lead.mail_id
"""

# One statement reads the words and stores them: an erasure blanks them before it, or finds them
# in the notification after it.
_SAVE_WORDS = """
with words as materialized (
    select subject, message from ticket_words where ticket_id = $2 for share
)
update notification set about = jsonb_build_object(
    'subject', (select subject from words), 'message', (select message from words))
where id = $1
returning about
"""

# All notifications of one mail end with it: $1 are those whose work it was.
_BATCH = """
with lead as (
    select id as work_id, coalesce(gathered_into, id) as mail_id
    from notification where id = any($1::uuid[])
), batch as (
    select work_id, work_id as id from lead
    union select work_id, mail_id from lead
    union select lead.work_id, n.id from lead join notification n on n.gathered_into = lead.mail_id
)
"""

_RECORD_FAILURE = f"""
{_BATCH}
update notification n set
    state = 'planned', reason = $2, detail = case when erased_at is null then $3 end,
    ambiguous = ambiguous or $4, response_status = $5,
    rejected_since = case when $6 then coalesce(rejected_since, $7) end
from batch where n.id = batch.id and state = 'sending'
returning rejected_since
"""  # noqa: S608  (our own text)

_RECORD_SENT = f"""
{_BATCH}
update notification n set
    state = 'sent', settled_at = $3, provider_message_id = s.provider_message_id,
    ambiguous = false, reason = null, detail = null, about = null,
    response_status = null, rejected_since = null
from batch join unnest($1::uuid[], $2::text[]) s(id, provider_message_id) on s.id = batch.work_id
where n.id = batch.id and n.state = 'sending'
returning n.*
"""  # noqa: S608  (our own text)

_RECORD_WITHDRAWN = """
update notification set
    state = 'skipped', settled_at = $2, reason = 'withdrawn', about = null
where id = any($1::uuid[]) and state in ('planned', 'sending')
"""

_RECORD_GIVEN_UP = f"""
{_BATCH}
update notification n set
    state = case when ambiguous or state = 'sending' then 'unknown' else 'failed' end,
    ambiguous = ambiguous or state = 'sending', settled_at = $2, failed_at = $2,
    reason = coalesce(reason, 'interrupted'), about = null
from batch where n.id = batch.id and state in ('planned', 'sending')
returning n.*
"""  # noqa: S608  (our own text)


@dataclass(frozen=True, slots=True)
class BatchAttempt:
    """The attempt with this number at the mail `mail_id`.

    `notifications` are the ids of those in the mail, oldest first. `words` are the customer's that
    an earlier attempt quoted, as JSON; None at the first attempt.
    """

    mail_id: UUID
    number: int
    notifications: tuple[UUID, ...]
    words: str | None


async def begin(connection: Connection, notification_id: UUID, now: datetime) -> int | None:
    """Commits that a call is about to be made. Returns its number, None if it must not be made."""
    number: int | None = await connection.fetchval(_BEGIN, notification_id, now)
    return number


async def begin_batch(
    connection: Connection, notification_id: UUID, now: datetime, window: timedelta
) -> BatchAttempt | None:
    """Commits that a mail is about to be sent, and which alerts are in it; None if it must not."""
    rows = await connection.fetch(_BEGIN_BATCH, notification_id, now, window)
    rows.sort(key=lambda row: row["seq"])
    own = next((row for row in rows if row["id"] == notification_id), None)
    if own is None:
        return None
    ids = tuple(row["id"] for row in rows)
    return BatchAttempt(own["mail_id"], own["attempts"], ids, own["about"])


async def save_words(connection: Connection, notification_id: UUID, ticket_id: UUID) -> str:
    """Commits the customer's words that a mail quotes, as JSON, before it is first sent."""
    words: str = await connection.fetchval(_SAVE_WORDS, notification_id, ticket_id)
    return words


async def record_failure(
    connection: Connection, notification_id: UUID, failed: SendFailed, now: datetime
) -> datetime | None:
    """Commits that an attempt failed and may be repeated.

    Returns since when each answer has been doubtful, None if this one was not.
    """
    since: datetime | None = await connection.fetchval(
        _RECORD_FAILURE,
        [notification_id],
        failed.reason,
        failed.detail,
        failed.ambiguous,
        failed.status,
        failed.doubtful,
        now,
    )
    return since


async def record_sent(
    tx: Transaction, provider_ids: Mapping[UUID, str | None], now: datetime
) -> list[EndedNotification]:
    """Ends notifications a provider accepted. Returns them, with the others of the same mails."""
    rows = await tx.fetch(_RECORD_SENT, list(provider_ids), list(provider_ids.values()), now)
    return [_ended(row) for row in rows]


async def record_withdrawn(tx: Transaction, ids: Sequence[UUID], now: datetime) -> None:
    """Ends the notifications that nobody is to receive any more."""
    if ids:
        await tx.execute(_RECORD_WITHDRAWN, ids, now)


async def record_given_up(
    tx: Transaction, ids: Sequence[UUID], now: datetime
) -> list[EndedNotification]:
    """Ends the notifications that are not tried again. Returns also others of the same mails."""
    return [_ended(row) for row in await tx.fetch(_RECORD_GIVEN_UP, ids, now)]


def _ended(row: Any) -> EndedNotification:
    return EndedNotification(**{name: row[name] for name in EndedNotification.__dataclass_fields__})
