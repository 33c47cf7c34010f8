"""What notify is asked for over HTTP: each command a function of a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deskstream_notify.adapters import delivery_queries
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.adapters.subscription_repository import StoredSubscription
from deskstream_notify.domain.redelivery import (
    Blocked,
    NotRedeliverable,
    PastDelivery,
    delivered_again,
    obstacle_to,
)
from deskstream_notify.handlers.delivery_work import work_for
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction


@dataclass(frozen=True, slots=True)
class Redelivered:
    """How many deliveries will be made again. `more`: others are left that could be."""

    count: int
    more: bool = False


async def redeliver(
    tx: Transaction,
    ledger: Ledger,
    subscription: StoredSubscription,
    ids: Sequence[UUID],
    now: datetime,
) -> tuple[Effects, Redelivered]:
    """Makes these deliveries again, in the order they were planned.

    Raises `NotRedeliverable` when one of them cannot be made, and then makes none.
    """
    found = await delivery_queries.locked(tx, subscription.id, ids)
    obstacles = [(index, obstacle_to(found.get(one))) for index, one in enumerate(ids)]
    blocked = [Blocked(index, obstacle) for index, obstacle in obstacles if obstacle]
    if blocked:
        raise NotRedeliverable(blocked)
    return await _again(tx, ledger, subscription, list(found.values()), now), Redelivered(
        len(found)
    )


async def redeliver_failed(
    tx: Transaction,
    ledger: Ledger,
    subscription: StoredSubscription,
    since: datetime,
    now: datetime,
    *,
    count_max: int,
) -> tuple[Effects, Redelivered]:
    """Makes again what failed of the deliveries planned since a moment: the oldest `count_max`.

    Leaves out those whose content is not kept any more.
    """
    found = await delivery_queries.locked_failed(tx, subscription.id, since, count_max + 1)
    chosen = found[:count_max]
    effects = await _again(tx, ledger, subscription, chosen, now)
    return effects, Redelivered(len(chosen), more=len(found) > count_max)


async def _again(
    tx: Transaction,
    ledger: Ledger,
    subscription: StoredSubscription,
    chosen: Sequence[PastDelivery],
    now: datetime,
) -> Effects:
    await ledger.redelivered(tx, [one.id for one in chosen])
    again = [delivered_again(one, subscription.id, subscription.url, now) for one in chosen]
    return Effects(work=[work_for(one) for one in again])
