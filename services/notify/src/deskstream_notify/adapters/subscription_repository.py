"""Webhook subscriptions in Postgres, as decisions load and store them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from deskstream_notify.adapters.subscription_queries import SELECT, subscription_of
from deskstream_notify.domain.send_result import SendFailed
from deskstream_notify.domain.subscription import Subscription
from deskstream_runtime.postgres.connection import Connection, Transaction

_SELECT_ENABLED = f"{SELECT} where disabled_at is null"
_INSERT = """
insert into webhook_subscription
    (id, url, event_types, description, secret_encrypted, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_DELETE = "delete from webhook_subscription where id = $1"
_DISABLE = """
update webhook_subscription set disabled_at = $2, disabled_reason = $3
where id = any($1::uuid[]) and disabled_at is null
"""
# Locked in one order, so that two processes never wait for each other.
_RECORD_SUCCESS = """
update webhook_subscription s
set last_success_at = greatest(last_success_at, $2), consecutive_failures = 0
from (select id from webhook_subscription where id = any($1::uuid[]) order by id for update) l
where s.id = l.id
"""
_RECORD_FAILURE = """
update webhook_subscription set
    consecutive_failures = consecutive_failures + 1,
    last_failure_at = $2, last_failure_reason = $3, last_failure_status = $4
where id = $1
"""
# Subscriptions are few and rarely made: this lock keeps two requests from both adding the last.
_LOCK = "lock table webhook_subscription in share row exclusive mode"


async def load_enabled(tx: Transaction) -> list[Subscription]:
    """The subscriptions that are called."""
    return [subscription_of(row) for row in await tx.fetch(_SELECT_ENABLED)]


async def lock_and_count(tx: Transaction) -> int:
    """How many there are. Nobody else can add one until the transaction ends."""
    await tx.execute(_LOCK)
    count: int = await tx.fetchval("select count(*) from webhook_subscription")
    return count


async def insert(
    tx: Transaction, new: Subscription, secret_encrypted: bytes, created_by: str
) -> None:
    await tx.execute(
        _INSERT,
        new.id,
        new.url,
        sorted(new.event_types),
        new.description,
        secret_encrypted,
        created_by,
        new.created_at,
    )


async def delete(tx: Transaction, subscription_id: UUID) -> bool:
    """Deletes a subscription; calls that wait for it will not be made. False if there was none."""
    return await tx.execute(_DELETE, subscription_id) == "DELETE 1"


async def disable(tx: Transaction, ids: Sequence[UUID], reason: str, now: datetime) -> None:
    """Disables subscriptions: they are not called any more."""
    if ids:
        await tx.execute(_DISABLE, ids, now, reason)


async def record_success(tx: Transaction, ids: Sequence[UUID], now: datetime) -> None:
    """Notes that these receivers accepted a call."""
    if ids:
        await tx.execute(_RECORD_SUCCESS, ids, now)


async def record_failure(
    connection: Connection, subscription_id: UUID, failed: SendFailed, now: datetime
) -> None:
    """Commits that a call of this receiver failed, and how."""
    await connection.execute(_RECORD_FAILURE, subscription_id, now, failed.reason, failed.status)
