"""Notifications rebuilt: from the events about how each ended, and from the table of before."""

from collections.abc import Sequence

from deskstream_notify.domain.rebuild import RebuiltNotification
from deskstream_runtime.postgres.connection import Transaction

# The handlers have planned the notification already, unless its subscription is gone. It may be
# erased already, too. The columns are the fields of `RebuiltNotification`, in their order.
_RESTORE = """
insert into notification as known (
    id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient,
    redeliveries, state, attempts, settled_at, erased_at, ambiguous, reason, detail,
    provider_message_id, failed_at, planned_at)
select n.*, n.settled_at
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::int[], $10::text[], $11::int[], $12::timestamptz[], $13::timestamptz[], $14::bool[],
    $15::text[], $16::text[], $17::text[], $18::timestamptz[]) n(
    id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient,
    redeliveries, state, attempts, settled_at, erased_at, ambiguous, reason, detail,
    provider_message_id, failed_at)
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

# Planned by the handlers and without an outcome: one that still waits is in the table of before,
# with its work; the rest was never planned, as subscriptions and addresses were different then.
_DELETE_PLANNED = "delete from notification where state in ('planned', 'sending')"

# It waits to be delivered once more, or would be skipped now because of its age.
_DELETE_WAITING = """
delete from notification n using public.notification o
where n.id = o.id and o.state in ('planned', 'sending')
    and (o.redeliveries > n.redeliveries or n.state = 'skipped')
"""

_COLUMNS = """
id, subject, cause_id, cause_revision, channel, purpose, recipient_kind, recipient, state, attempts,
ambiguous, reason, detail, provider_message_id, planned_at, sending_at, settled_at, erased_at,
gathered_into, about, response_status, rejected_since, failed_at, redeliveries
"""
# Notifications without an event: waiting, withdrawn, too old, or a test. An anti-join by
# notification_pkey: `not in` would scan a list of all ids for each row, once they are many.
_KEEP_REST = f"""
insert into notification ({_COLUMNS})
select {_COLUMNS} from public.notification o
where not exists (select from notification n where n.id = o.id)
order by seq
"""  # noqa: S608  (our own text)

# The delivery log: when we acted, and how receivers answered.
_KEEP_LOCAL = """
update notification n set
    planned_at = o.planned_at, sending_at = o.sending_at, gathered_into = o.gathered_into,
    about = o.about, response_status = o.response_status, rejected_since = o.rejected_since,
    attempts = case when n.state = o.state then o.attempts else n.attempts end,
    erased_at = coalesce(o.erased_at, n.erased_at),
    settled_at = case when n.state = 'skipped' then o.settled_at else n.settled_at end
from public.notification o where o.id = n.id
"""

# Events sent to subscriptions that are gone.
_KEEP_EVENTS = """
insert into webhook_event
select * from public.webhook_event on conflict (id, revision) do nothing
"""


async def restore(tx: Transaction, rebuilt: Sequence[RebuiltNotification]) -> None:
    """Stores how notifications ended. The latest outcome of each counts."""
    newest = {one.id: one for one in sorted(rebuilt, key=lambda one: one.redeliveries)}.values()
    await tx.execute(_RESTORE, *zip(*newest, strict=True))


async def carry_over(tx: Transaction) -> None:
    """Takes from the tables of before, in schema `public`, all that no event reports."""
    for statement in (_DELETE_PLANNED, _DELETE_WAITING, _KEEP_LOCAL, _KEEP_REST, _KEEP_EVENTS):
        await tx.execute(statement)
