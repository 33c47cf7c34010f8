"""The notification ledger in Postgres: what is written around each attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_notify.domain.notification import Notification
from deskstream_notify.domain.outcome_events import EndedNotification
from deskstream_notify.domain.send_result import SendFailed
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database

_RECORD = """
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

# What a higher revision replaces was about a person who is erased: nobody is told it any more, and
# their address leaves the books. A call that is on its way ends, and is not repeated.
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

# A row found in `sending` was left there by a crash or a cut-off call: it may have arrived.
_BEGIN = """
update notification set
    state = 'sending', attempts = attempts + 1, sending_at = $2,
    ambiguous = ambiguous or state = 'sending'
where id = $1 and state in ('planned', 'sending') and erased_at is null
returning attempts
"""

# A first attempt takes in what was planned for the same reader about the same ticket until a moment
# after it. A repetition tells the same again: what is new by then is another mail.
_BEGIN_GATHERED = """
with lead as (
    select id, coalesce(gathered_into, id) as mail_id, subject, recipient, planned_at, attempts
    from notification
    where id = $1 and state in ('planned', 'sending') and erased_at is null
), told as (
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
from lead, told
where n.id = told.id and n.state in ('planned', 'sending') and n.erased_at is null
returning n.id, n.seq, n.attempts, n.about, lead.mail_id
"""

# One statement that holds the words: an erasure blanks them before, or finds them here after.
_NOTE_ABOUT = """
with words as materialized (
    select subject, message from ticket_words where ticket_id = $2 for share
)
update notification set about = jsonb_build_object(
    'subject', (select subject from words), 'message', (select message from words))
where id = $1
returning about
"""

# All that a mail tells ends with it: $1 are the notifications whose work it was.
_TOLD = """
with lead as (
    select id as work_id, coalesce(gathered_into, id) as mail_id
    from notification where id = any($1::uuid[])
), told as (
    select work_id, work_id as id from lead
    union select work_id, mail_id from lead
    union select lead.work_id, n.id from lead join notification n on n.gathered_into = lead.mail_id
)
"""

_ATTEMPT_FAILED = f"""
{_TOLD}
update notification n set
    state = 'planned', reason = $2, detail = case when erased_at is null then $3 end,
    ambiguous = ambiguous or $4, response_status = $5,
    rejected_since = case when $6 then coalesce(rejected_since, $7) end
from told where n.id = told.id and state = 'sending'
returning rejected_since
"""  # noqa: S608  (our own text)

_SENT = f"""
{_TOLD}
update notification n set
    state = 'sent', settled_at = $3, provider_message_id = s.provider_message_id,
    ambiguous = false, reason = null, detail = null, about = null,
    response_status = null, rejected_since = null
from told join unnest($1::uuid[], $2::text[]) s(id, provider_message_id) on s.id = told.work_id
where n.id = told.id and n.state = 'sending'
returning n.*
"""  # noqa: S608  (our own text)

_WITHDRAWN = """
update notification set
    state = 'skipped', settled_at = $2, reason = 'withdrawn', about = null
where id = any($1::uuid[]) and state in ('planned', 'sending')
"""

_GIVE_UP = f"""
{_TOLD}
update notification n set
    state = case when ambiguous or state = 'sending' then 'unknown' else 'failed' end,
    ambiguous = ambiguous or state = 'sending', settled_at = $2, failed_at = $2,
    reason = coalesce(reason, 'interrupted'), about = null
from told where n.id = told.id and state in ('planned', 'sending')
returning n.*
"""  # noqa: S608  (our own text)

_REDELIVERED = """
update notification set
    state = 'planned', settled_at = null, failed_at = null, reason = null, detail = null,
    response_status = null, rejected_since = null, redeliveries = redeliveries + 1
where id = any($1::uuid[])
"""

_FORGET = """
delete from notification where id in (
    select id from notification
    where planned_at < $1 and state in ('sent', 'failed', 'unknown', 'skipped')
    order by planned_at limit $2)
"""


@dataclass(frozen=True, slots=True)
class BatchAttempt:
    """An attempt at the mail `mail_id`, which tells the notifications `told`, oldest first.

    `about` is what it told before of its ticket, as JSON; none at its first attempt.
    """

    mail_id: UUID
    number: int
    told: tuple[UUID, ...]
    about: str | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every method named after what just happened. Each is one statement."""

    database: Database

    async def record(self, tx: Transaction, planned: Sequence[Notification]) -> set[UUID]:
        """Notes what was decided. Returns the ids that were not known before."""
        if not planned:
            return set()
        rows = await tx.fetch(
            _RECORD,
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

    async def erase(
        self, tx: Transaction, events: Sequence[Event[EventData]], now: datetime
    ) -> None:
        """Blanks what was told of these events before they were revised, and stops what waits."""
        revised = {event.id: event.revision for event in events if event.revision > 1}
        if revised:
            await tx.execute(_ERASE, list(revised), list(revised.values()), now)

    async def begin(self, notification_id: UUID, now: datetime) -> int | None:
        """Commits that a call is about to be made. Returns its number, none if it must not be."""
        async with self.database.connection() as connection:
            attempt: int | None = await connection.fetchval(_BEGIN, notification_id, now)
        return attempt

    async def begin_batch(
        self, notification_id: UUID, now: datetime, gather: timedelta
    ) -> BatchAttempt | None:
        """Commits that a mail is about to be sent, and what it tells; none if it must not be."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(_BEGIN_GATHERED, notification_id, now, gather)
        rows.sort(key=lambda row: row["seq"])
        own = next((row for row in rows if row["id"] == notification_id), None)
        if own is None:
            return None
        return BatchAttempt(
            own["mail_id"], own["attempts"], tuple(row["id"] for row in rows), own["about"]
        )

    async def note_about(self, notification_id: UUID, ticket_id: UUID) -> str:
        """Commits what a mail tells of its ticket, before it is first sent. Returns it as JSON."""
        async with self.database.connection() as connection:
            about: str = await connection.fetchval(_NOTE_ABOUT, notification_id, ticket_id)
        return about

    async def attempt_failed(
        self, notification_id: UUID, refusal: SendFailed, now: datetime
    ) -> datetime | None:
        """Commits that the call failed and may be made again.

        Returns since when every answer has been doubtful, none if this one was not.
        """
        async with self.database.connection() as connection:
            since: datetime | None = await connection.fetchval(
                _ATTEMPT_FAILED,
                [notification_id],
                refusal.reason,
                refusal.detail,
                refusal.ambiguous,
                refusal.status,
                refusal.doubtful,
                now,
            )
        return since

    async def sent(
        self, tx: Transaction, provider_ids: Mapping[UUID, str | None], now: datetime
    ) -> list[EndedNotification]:
        """Notes which notifications a provider took, with the ids it gave them.

        Returns also those that were told in the same mails.
        """
        rows = await tx.fetch(_SENT, list(provider_ids), list(provider_ids.values()), now)
        return [_settled(row) for row in rows]

    async def withdrawn(self, tx: Transaction, ids: Sequence[UUID], now: datetime) -> None:
        """Notes which notifications were not sent because nobody is to be told any more."""
        if ids:
            await tx.execute(_WITHDRAWN, ids, now)

    async def given_up(
        self, tx: Transaction, ids: Sequence[UUID], now: datetime
    ) -> list[EndedNotification]:
        """Notes which notifications will not be tried again, those told in the same mails too."""
        return [_settled(row) for row in await tx.fetch(_GIVE_UP, ids, now)]

    async def redelivered(self, tx: Transaction, ids: Sequence[UUID]) -> None:
        """Notes that settled notifications are to be delivered once more, under the same ids."""
        await tx.execute(_REDELIVERED, ids)

    async def forget(self, tx: Transaction, before: datetime, rows_max: int) -> None:
        """Removes notifications that ended, planned before this moment."""
        await tx.execute(_FORGET, before, rows_max)


def _settled(row: Any) -> EndedNotification:
    return EndedNotification(
        id=row["id"],
        channel=row["channel"],
        purpose=row["purpose"],
        recipient_kind=row["recipient_kind"],
        recipient=row["recipient"],
        attempts=row["attempts"],
        ambiguous=row["ambiguous"],
        settled_at=row["settled_at"],
        reason=row["reason"],
        detail=row["detail"],
        provider_message_id=row["provider_message_id"],
        redeliveries=row["redeliveries"],
    )
