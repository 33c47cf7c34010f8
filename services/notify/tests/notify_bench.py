"""notify's parts on a real database, driven by hand: handle these events, do the due work."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from deskstream_contracts import Event
from deskstream_notify.adapters import subscription_repository
from deskstream_notify.adapters.signing_secrets import SecretCipher, new_signing_secret
from deskstream_notify.adapters.webhook_sender import WebhookSender
from deskstream_notify.app import circuit_breakers, event_routes, work_kinds
from deskstream_notify.domain.subscription import Subscription
from deskstream_notify.settings import Settings
from deskstream_runtime.consuming.routing import Routes
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.tables import outbox_events, rows
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.work.kind import LeasedWork, WorkKind
from deskstream_runtime.work.pool import WorkPool

A = TypeVar("A")

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
    """The service without Kafka: effects are committed, and pools run when a test says so."""

    settings: Settings
    clock: ManualClock

    def __post_init__(self) -> None:
        self.infrastructure = Infrastructure("notify", self.settings, self.clock)
        database = self.infrastructure.database
        self.cipher = SecretCipher(self.settings.webhook.secret_keys)
        self.sender = WebhookSender(self.settings.webhook, database, self.cipher, self.clock)
        self.routes = Routes(event_routes(self.settings, self.clock))
        self.breakers = circuit_breakers(self.settings, self.clock)
        kinds = work_kinds(self.settings, database, self.sender, self.breakers, self.clock)
        self.kinds: dict[str, WorkKind[Any]] = {kind.name: kind for kind in kinds}

    async def handle(self, *events: Event[Any]) -> None:
        """Handles events as one batch, in one transaction per handler."""
        for handler, its_events in self.routes.grouped(events):
            await self.commit(handler, its_events)

    async def commit(
        self, handler: Callable[[Transaction, A], Awaitable[Effects]], argument: A
    ) -> None:
        """Runs a handler with its argument in a unit of work."""

        async def handle(tx: Transaction) -> Effects:
            return await handler(tx, argument)

        await self.infrastructure.unit_of_work.run(handle)

    async def subscribe(self, url: str, *event_types: str) -> tuple[UUID, str]:
        """Adds a subscription. Returns its id and secret."""
        new = Subscription(uuid4(), url, frozenset(event_types), self.clock.now)
        secret = new_signing_secret()

        async def insert(tx: Transaction) -> Effects:
            encrypted = self.cipher.encrypt(secret)
            await subscription_repository.insert(tx, new, encrypted, "test")
            return NO_EFFECTS

        await self.infrastructure.unit_of_work.run(insert)
        return new.id, secret.get_secret_value()

    async def do_due_work(self) -> None:
        """Runs all pools until nothing is due, apart from subscriptions whose circuit is open."""
        pools = [WorkPool(self.infrastructure, kind) for kind in self.kinds.values()]
        tasks = [asyncio.create_task(pool.run()) for pool in pools]
        try:
            await eventually(self._nothing_due, within_s=20, what="the end of due work")
        finally:
            for pool in pools:
                pool.drain()
            await asyncio.gather(*tasks)

    async def _nothing_due(self) -> bool:
        held = [*self.breakers.shares().resting]
        due: int = await self.value(_DUE, self.clock.now, held)
        return due == 0

    async def leased(self, until: datetime) -> LeasedWork:
        """Leases the oldest piece of work there is, as a process about to perform it does."""
        lease = uuid4()
        work_id = await self.value("select id from work order by seq limit 1")
        (row,) = await self.rows(_LEASE, work_id, lease, until)
        id_, kind, subject, payload, attempt = row
        return LeasedWork(id_, kind, subject, payload, attempt, lease, until)

    async def perform(self, work: LeasedWork) -> Any:
        """Performs work and crashes before the result is stored."""
        return await self.kinds[work.kind].perform(work)

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        return await rows(self.infrastructure, query, *arguments)

    async def value(self, query: str, *arguments: Any) -> Any:
        async with self.infrastructure.database.connection() as connection:
            return await connection.fetchval(query, *arguments)

    async def notification(self) -> dict[str, Any]:
        """The only notification."""
        (row,) = await self.rows("select * from notification")
        return dict(row)

    async def published(self) -> list[Event[Any]]:
        """The events on their way to Kafka, in order."""
        return await outbox_events(self.infrastructure)
