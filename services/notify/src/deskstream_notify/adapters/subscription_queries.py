"""Webhook subscriptions in Postgres, as they are shown and called."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deskstream_notify.domain.subscription import ReceiverHealth, Subscription
from deskstream_runtime.postgres.connection import Connection

SELECT = """
select id, url, event_types, description, created_at, disabled_at, disabled_reason,
    last_success_at, consecutive_failures, last_failure_at, last_failure_reason, last_failure_status
from webhook_subscription
"""
_ALL = f"{SELECT} order by created_at, id"
_ONE = f"{SELECT} where id = $1"
_SECRET = "select secret_encrypted from webhook_subscription where id = $1"  # noqa: S105  (a query)
_CALL = """
select s.secret_encrypted, e.body
from webhook_subscription s left join webhook_event e on e.id = $2 and e.revision = $3
where s.id = $1 and s.disabled_at is null
"""


@dataclass(frozen=True, slots=True)
class StoredCall:
    """The parts of a call. `body` is that of its event, None once it is not kept any more."""

    secret_encrypted: bytes
    body: str | None


async def all_subscriptions(connection: Connection) -> list[Subscription]:
    """All subscriptions, oldest first."""
    return [subscription_of(row) for row in await connection.fetch(_ALL)]


async def find(connection: Connection, subscription_id: UUID) -> Subscription | None:
    row = await connection.fetchrow(_ONE, subscription_id)
    return None if row is None else subscription_of(row)


async def find_secret(connection: Connection, subscription_id: UUID) -> bytes | None:
    """The encrypted signing secret, None if there is no such subscription."""
    secret: bytes | None = await connection.fetchval(_SECRET, subscription_id)
    return secret


async def find_call(
    connection: Connection, subscription_id: UUID, event_id: UUID, revision: int
) -> StoredCall | None:
    """The parts of a call about this event, None if the subscription is gone or disabled."""
    row = await connection.fetchrow(_CALL, subscription_id, event_id, revision)
    return None if row is None else StoredCall(**row)


def subscription_of(row: Any) -> Subscription:
    """The subscription in a row of `SELECT`."""
    columns = dict(row)
    health = {name: columns.pop(name) for name in ReceiverHealth.__dataclass_fields__}
    columns["event_types"] = frozenset(row["event_types"])
    return Subscription(**columns, health=ReceiverHealth(**health))
