"""notify's parts on a real database, moved by hand: handle these events, do the due work."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from deskstream_contracts import Event, decode
from deskstream_notify.adapters.circuit_breakers import CircuitBreakers
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.adapters.signing_secrets import SecretCipher, new_signing_secret
from deskstream_notify.adapters.subscription_repository import (
    StoredSubscription,
    SubscriptionSecrets,
)
from deskstream_notify.adapters.webhook_sender import WebhookSender
from deskstream_notify.app import routes, work_kinds
from deskstream_notify.settings import Settings
from deskstream_runtime.consuming.routing import Routes
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.outbox.store import headers_from_text
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.work.kind import LeasedWork, WorkKind
from deskstream_runtime.work.pool import WorkPool

_DUE = """
select count(*) from work w
where (due_at <= $1 or leased_until >= $1) and (share is null or share <> all ($2::uuid[]))
and not exists (
    select 1 from work e where e.kind = w.kind and e.subject = w.subject and e.seq < w.seq)
"""
_LEASE = """
update work set lease = $2, leased_until = $3, attempts = attempts + 1
where id = $1 returning id, kind, subject, payload, attempts
"""


@dataclass
class Bench:
    """The service without Kafka: what handlers return is committed, pools run when told to."""

    settings: Settings
    clock: ManualClock

    def __post_init__(self) -> None:
        self.infrastructure = Infrastructure("notify", self.settings, self.clock)
        self.ledger = Ledger(self.infrastructure.database)
        self.secrets = SubscriptionSecrets(SecretCipher(self.settings.webhook.secret_keys))
        self.sender = WebhookSender(
            self.settings.webhook, self.infrastructure.database, self.secrets, self.clock
        )
        self.routes = Routes(routes(self.settings, self.ledger, self.clock))
        limits = self.settings
        self.breakers = CircuitBreakers(
            limits.breaker_failures_max, limits.breaker_rest_s, self.clock
        )
        kinds = work_kinds(
            limits,
            self.infrastructure.database,
            self.ledger,
            self.sender,
            self.breakers,
            self.clock,
        )
        self.kinds: dict[str, WorkKind[Any]] = {kind.name: kind for kind in kinds}

    async def handle(self, *events: Event[Any]) -> None:
        """Handles events as one batch, in one transaction a handler."""
        for handler, its_events in self.routes.grouped(events):
            act = partial(handler, events=its_events)
            await self.infrastructure.unit_of_work.run(lambda tx, act=act: _with_none(act(tx)))

    async def subscribe(self, url: str, *event_types: str) -> tuple[UUID, str]:
        """Adds a subscription. Returns its id and secret."""
        new = StoredSubscription(
            uuid4(), url, event_types, None, self.clock.now, disabled_at=None, disabled_reason=None
        )
        secret = new_signing_secret()

        async def act(tx):
            await self.secrets.add(tx, new, secret, "test")
            return NO_EFFECTS

        await self.infrastructure.unit_of_work.run(act)
        return new.id, secret.get_secret_value()

    async def do_due_work(self) -> None:
        """Runs all pools until nothing is due any more, save for those who rest."""
        pools = [
            WorkPool(
                kind, self.infrastructure.database, self.infrastructure.unit_of_work, self.clock
            )
            for kind in self.kinds.values()
        ]
        tasks = [asyncio.create_task(pool.run()) for pool in pools]
        try:
            await eventually(self._nothing_due, within_s=20, what="the end of due work")
        finally:
            for pool in pools:
                pool.drain()
            await asyncio.gather(*tasks)

    async def _nothing_due(self) -> bool:
        resting = [*self.breakers.shares().resting]
        return await self.value(_DUE, self.clock.now, resting) == 0

    async def leased(self, until: datetime) -> LeasedWork:
        """Leases the oldest piece of work there is, as a process about to perform it does."""
        lease = uuid4()
        work_id = await self.value("select id from work order by seq limit 1")
        (row,) = await self.rows(_LEASE, work_id, lease, until)
        return LeasedWork(*row, lease, until)

    async def perform(self, work: LeasedWork) -> Any:
        """Performs it and dies before the outcome is stored."""
        return await self.kinds[work.kind].perform(work)

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        async with self.infrastructure.database.connection() as connection:
            return await connection.fetch(query, *arguments)

    async def value(self, query: str, *arguments: Any) -> Any:
        async with self.infrastructure.database.connection() as connection:
            return await connection.fetchval(query, *arguments)

    async def notification(self) -> dict[str, Any]:
        """The only row of the ledger."""
        (row,) = await self.rows("select * from notification")
        return dict(row)

    async def told(self) -> list[Event[Any]]:
        """The events on their way to Kafka, in order."""
        return [
            decode(row["topic"], headers_from_text(row["headers"]), row["value"])
            for row in await self.rows("select * from outbox order by seq")
        ]


async def _with_none(effects: Any) -> Effects:
    return await effects, None
