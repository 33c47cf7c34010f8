"""Webhook subscriptions in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from deskstream_notify.adapters.signing_secrets import SecretCipher
from deskstream_notify.domain.send_result import SendFailed
from deskstream_notify.domain.subscription import UNTRIED, ReceiverHealth, Subscription
from deskstream_runtime.postgres.connection import Connection, Transaction

_ACTIVE = """
select id, url, event_types, created_at from webhook_subscription where disabled_at is null
"""
_ALL = """
select id, url, event_types, description, created_at, disabled_at, disabled_reason,
    last_success_at, consecutive_failures, last_failure_at, last_failure_reason, last_failure_status
from webhook_subscription order by created_at, id
"""
_ONE = _ALL.replace("order by created_at, id", "where id = $1")
_SELECT_ENCRYPTED = "select secret_encrypted from webhook_subscription where id = $1"
_SELECT_TO_SEND = """
select s.secret_encrypted, e.body
from webhook_subscription s left join webhook_event e on e.id = $2 and e.revision = $3
where s.id = $1 and s.disabled_at is null
"""
_INSERT = """
insert into webhook_subscription
    (id, url, event_types, description, secret_encrypted, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_DISABLE = """
update webhook_subscription set disabled_at = $2, disabled_reason = $3
where id = any($1::uuid[]) and disabled_at is null
"""
# Locked in one order, so that two processes never wait for each other.
_SUCCEEDED = """
update webhook_subscription s
set last_success_at = greatest(last_success_at, $2), consecutive_failures = 0
from (select id from webhook_subscription where id = any($1::uuid[]) order by id for update) l
where s.id = l.id
"""
_FAILED = """
update webhook_subscription set
    consecutive_failures = consecutive_failures + 1,
    last_failure_at = $2, last_failure_reason = $3, last_failure_status = $4
where id = $1
"""
# Subscriptions are few and rarely made: one lock keeps two makers from both being the last allowed.
_LOCK = "lock table webhook_subscription in share row exclusive mode"


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """A subscription as its owner sees it."""

    id: UUID
    url: str
    event_types: tuple[str, ...]
    description: str | None
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str | None
    health: ReceiverHealth = UNTRIED


async def active(tx: Transaction) -> list[Subscription]:
    """The subscriptions that are called."""
    return [
        Subscription(row["id"], row["url"], frozenset(row["event_types"]), row["created_at"])
        for row in await tx.fetch(_ACTIVE)
    ]


async def listed(connection: Connection) -> list[StoredSubscription]:
    """All subscriptions, oldest first."""
    return [_stored(row) for row in await connection.fetch(_ALL)]


async def found(connection: Connection, subscription_id: UUID) -> StoredSubscription | None:
    """One subscription."""
    row = await connection.fetchrow(_ONE, subscription_id)
    return None if row is None else _stored(row)


async def counted_and_locked(tx: Transaction) -> int:
    """How many there are. None can be added by another until the transaction ends."""
    await tx.execute(_LOCK)
    count: int = await tx.fetchval("select count(*) from webhook_subscription")
    return count


async def removed(tx: Transaction, subscription_id: UUID) -> bool:
    """Removes it; its calls still waiting will not be made. False if there was none."""
    status = await tx.execute("delete from webhook_subscription where id = $1", subscription_id)
    return status == "DELETE 1"


async def disable(tx: Transaction, ids: Sequence[UUID], reason: str, now: datetime) -> None:
    """Calls these no more."""
    if ids:
        await tx.execute(_DISABLE, ids, now, reason)


async def succeeded(tx: Transaction, ids: Sequence[UUID], now: datetime) -> None:
    """Notes that these receivers took a call."""
    if ids:
        await tx.execute(_SUCCEEDED, ids, now)


async def failed(
    connection: Connection, subscription_id: UUID, refused: SendFailed, now: datetime
) -> None:
    """Notes that a call of this receiver failed, and how."""
    await connection.execute(_FAILED, subscription_id, now, refused.reason, refused.status)


@dataclass(frozen=True, slots=True)
class ToSend:
    """What a call needs. `body`: what it sends; none once that is not kept any more."""

    secret: SecretStr
    body: str | None


class SubscriptionSecrets:
    """Signing secrets, encrypted in the table."""

    def __init__(self, box: SecretCipher) -> None:
        self._box = box

    async def add(
        self, tx: Transaction, new: StoredSubscription, secret: SecretStr, created_by: str
    ) -> None:
        """Stores a subscription with its secret."""
        await tx.execute(
            _INSERT,
            new.id,
            new.url,
            list(new.event_types),
            new.description,
            self._box.close(secret),
            created_by,
            new.created_at,
        )

    async def secret(self, connection: Connection, subscription_id: UUID) -> SecretStr | None:
        """The secret, none if there is no such subscription."""
        return self._opened(await connection.fetchval(_SELECT_ENCRYPTED, subscription_id))

    async def to_send(
        self, connection: Connection, subscription_id: UUID, event_id: UUID, revision: int
    ) -> ToSend | None:
        """What a call about this event needs, none if the subscription is gone or disabled."""
        row = await connection.fetchrow(_SELECT_TO_SEND, subscription_id, event_id, revision)
        return row and ToSend(self._box.open(row["secret_encrypted"]), row["body"])

    def _opened(self, encrypted: bytes | None) -> SecretStr | None:
        return None if encrypted is None else self._box.open(encrypted)


def _stored(row: Any) -> StoredSubscription:
    return StoredSubscription(
        id=row["id"],
        url=row["url"],
        event_types=tuple(row["event_types"]),
        description=row["description"],
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        disabled_reason=row["disabled_reason"],
        health=ReceiverHealth(
            last_success_at=row["last_success_at"],
            consecutive_failures=row["consecutive_failures"],
            last_failure_at=row["last_failure_at"],
            last_failure_reason=row["last_failure_reason"],
            last_failure_status=row["last_failure_status"],
        ),
    )
