"""Commands on webhook subscriptions: load, decide, store, in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from deskstream_notify.adapters import (
    notification_repository,
    subscription_queries,
    subscription_repository,
)
from deskstream_notify.adapters.circuit_breakers import CircuitBreakers
from deskstream_notify.adapters.signing_secrets import SecretCipher, new_signing_secret
from deskstream_notify.domain.planning import webhook_test
from deskstream_notify.domain.redelivery import PastDelivery, obstacle_to, redelivery
from deskstream_notify.domain.refusals import (
    Blocked,
    NotRedeliverable,
    SubscriptionDisabled,
    SubscriptionUnknown,
    TooManySubscriptions,
)
from deskstream_notify.domain.subscription import Subscription
from deskstream_notify.handlers.delivery_work import work_for
from deskstream_notify.settings import WebhookSettings
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.ids import new_id
from deskstream_runtime.postgres.connection import Transaction


@dataclass(frozen=True, slots=True)
class Redelivered:
    """The number of deliveries planned again. `more`: others failed too and are left."""

    count: int
    more: bool


class CommandHandlers:
    """Each handles a command in the transaction it is given, and raises its refusal."""

    def __init__(
        self,
        clock: Clock,
        cipher: SecretCipher,
        breakers: CircuitBreakers,
        settings: WebhookSettings,
    ) -> None:
        self._clock = clock
        self._cipher = cipher
        self._breakers = breakers
        self._settings = settings

    async def create(
        self,
        tx: Transaction,
        *,
        url: str,
        event_types: Collection[str],
        description: str | None,
        created_by: str,
    ) -> tuple[Effects, Subscription]:
        """Subscribes a system to events from now on. Raises `TooManySubscriptions`."""
        if await subscription_repository.lock_and_count(tx) >= self._settings.subscriptions_max:
            raise TooManySubscriptions(self._settings.subscriptions_max)
        subscription = Subscription(
            id=new_id(),
            url=url,
            event_types=frozenset(event_types),
            created_at=self._clock(),
            description=description,
        )
        secret = self._cipher.encrypt(new_signing_secret())
        await subscription_repository.insert(tx, subscription, secret, created_by)
        return NO_EFFECTS, subscription

    async def remove(self, tx: Transaction, subscription_id: UUID) -> Effects:
        """Ends a subscription. Raises `SubscriptionUnknown`."""
        if not await subscription_repository.delete(tx, subscription_id):
            raise SubscriptionUnknown(subscription_id)
        return NO_EFFECTS

    async def test(self, tx: Transaction, subscription_id: UUID) -> tuple[Effects, UUID]:
        """Plans a test call. Returns its notification's id."""
        subscription = await _enabled(tx, subscription_id)
        call = webhook_test(new_id(), subscription, self._clock())
        await notification_repository.insert(tx, [call])
        return Effects(work=[work_for(call)], on_commit=self._half_open(subscription)), call.id

    async def redeliver(
        self, tx: Transaction, subscription_id: UUID, ids: Sequence[UUID]
    ) -> tuple[Effects, Redelivered]:
        """Plans these deliveries again, in the order in which they were planned first.

        Raises `NotRedeliverable` if one of them cannot be repeated; then none is.
        """
        subscription = await _enabled(tx, subscription_id)
        past = await notification_repository.load_deliveries(tx, subscription.id, ids)
        obstacles = [(index, obstacle_to(past.get(one))) for index, one in enumerate(ids)]
        blocked = [Blocked(index, obstacle) for index, obstacle in obstacles if obstacle]
        if blocked:
            raise NotRedeliverable(blocked)
        effects = await self._plan_again(tx, subscription, list(past.values()))
        return effects, Redelivered(len(past), more=False)

    async def redeliver_failed(
        self, tx: Transaction, subscription_id: UUID, since: datetime
    ) -> tuple[Effects, Redelivered]:
        """Plans the failed deliveries since a moment again, the oldest ones up to a limit.

        Deliveries whose content is not kept any more are left out.
        """
        subscription, most = await _enabled(tx, subscription_id), self._settings.redeliver_max
        found = await notification_repository.load_failed_deliveries(
            tx, subscription.id, since, most + 1
        )
        chosen = found[:most]
        effects = await self._plan_again(tx, subscription, chosen)
        return effects, Redelivered(len(chosen), more=len(found) > len(chosen))

    async def _plan_again(
        self, tx: Transaction, subscription: Subscription, chosen: Sequence[PastDelivery]
    ) -> Effects:
        await notification_repository.plan_again(tx, [one.id for one in chosen])
        now = self._clock()
        work = [work_for(redelivery(one, subscription, now)) for one in chosen]
        return Effects(work=work, on_commit=self._half_open(subscription))

    def _half_open(self, subscription: Subscription) -> partial[None]:
        """A person who asks for a call wants to see now whether the receiver answers again."""
        return partial(self._breakers.half_open, subscription.id)


async def _enabled(tx: Transaction, subscription_id: UUID) -> Subscription:
    """Raises `SubscriptionUnknown` and `SubscriptionDisabled`."""
    found = await subscription_queries.find(tx, subscription_id)
    if found is None:
        raise SubscriptionUnknown(subscription_id)
    if found.disabled_at is not None:
        raise SubscriptionDisabled(found.disabled_reason)
    return found
