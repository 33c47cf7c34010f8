"""The ledger made again: from what was told of each end, and from the ledger of before."""

from collections.abc import Sequence
from datetime import datetime

from deskstream_notify.domain.rebuilt import RebuiltNotification
from deskstream_runtime.postgres.connection import Transaction

# What was decided on (`Ledger.record`) is there already, unless its subscription is gone. It may be
# erased already, too.
_REMEMBER = """
insert into notification as known (
    id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient,
    redeliveries, state, attempts, settled_at, ambiguous, reason, detail, provider_message_id,
    failed_at, erased_at, planned_at)
select n.*, n.settled_at
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::int[], $10::text[], $11::int[], $12::timestamptz[], $13::bool[], $14::text[], $15::text[],
    $16::text[], $17::timestamptz[], $18::timestamptz[]) n(
    id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient,
    redeliveries, state, attempts, settled_at, ambiguous, reason, detail, provider_message_id,
    failed_at, erased_at)
on conflict (id) do update set
    redeliveries = excluded.redeliveries, state = excluded.state,
    attempts = excluded.attempts, settled_at = excluded.settled_at,
    ambiguous = excluded.ambiguous, reason = excluded.reason,
    recipient = case when known.erased_at is null then excluded.recipient else known.recipient end,
    detail = case when known.erased_at is null then excluded.detail end,
    provider_message_id = excluded.provider_message_id, failed_at = excluded.failed_at,
    erased_at = coalesce(known.erased_at, excluded.erased_at)
where excluded.redeliveries >= known.redeliveries
"""

# Planned by the handlers and told nothing of since: what still waits is in the ledger of before,
# with its work; the rest was never planned, as subscriptions and addresses were others then.
_DROP_UNTOLD = "delete from notification where state in ('planned', 'sending')"

# It waits to be delivered once more, or by its age it would be skipped now.
_DROP_WAITING = """
delete from notification n using public.notification o
where n.id = o.id and o.state in ('planned', 'sending')
    and (o.redeliveries > n.redeliveries or n.state = 'skipped')
"""

_COLUMNS = """
id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient, state, attempts,
ambiguous, reason, detail, provider_message_id, planned_at, sending_at, settled_at, erased_at,
gathered_into, about, response_status, rejected_since, failed_at, redeliveries
"""
# What no event tells: that it waits, was withdrawn, was too old, or was a test. An anti-join by
# notification_pkey: `not in` would look through a list of all ids for each row, once they are many.
_KEEP_UNTOLD = f"""
insert into notification ({_COLUMNS})
select {_COLUMNS} from public.notification o
where not exists (select from notification n where n.id = o.id)
order by seq
"""  # noqa: S608  (our own text)

# The delivery log: when we acted, and what receivers answered.
_KEEP_LOCAL = """
update notification n set
    planned_at = o.planned_at, sending_at = o.sending_at, gathered_into = o.gathered_into,
    about = o.about, response_status = o.response_status, rejected_since = o.rejected_since,
    attempts = case when n.state = o.state then o.attempts else n.attempts end,
    erased_at = coalesce(o.erased_at, n.erased_at),
    settled_at = case when n.state = 'skipped' then o.settled_at else n.settled_at end
from public.notification o where o.id = n.id
"""

# Told to subscriptions that are gone.
_KEEP_EVENTS = """
insert into webhook_event
select * from public.webhook_event on conflict (id, revision) do nothing
"""


async def remember(tx: Transaction, ended: Sequence[RebuiltNotification], now: datetime) -> None:
    """Enters how notifications ended. The latest end of each counts."""
    newest = {one.id: one for one in sorted(ended, key=lambda one: one.redeliveries)}.values()
    await tx.execute(
        _REMEMBER,
        [one.id for one in newest],
        [one.subject for one in newest],
        [one.cause_id for one in newest],
        [one.cause_revision for one in newest],
        [one.channel for one in newest],
        [one.purpose for one in newest],
        [one.recipient_kind for one in newest],
        [one.recipient for one in newest],
        [one.redeliveries for one in newest],
        [one.end.state for one in newest],
        [one.end.attempts for one in newest],
        [one.end.settled_at for one in newest],
        [one.end.ambiguous for one in newest],
        [one.end.reason for one in newest],
        [one.end.detail for one in newest],
        [one.end.provider_message_id for one in newest],
        [one.end.failed_at for one in newest],
        [now if one.is_erased else None for one in newest],
    )


async def keep_untold(tx: Transaction) -> None:
    """Takes over from the ledger of before, in schema `public`, what no event tells."""
    for statement in (_DROP_UNTOLD, _DROP_WAITING, _KEEP_LOCAL, _KEEP_UNTOLD, _KEEP_EVENTS):
        await tx.execute(statement)
