"""Webhook subscriptions: make, list, remove, try out."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from deskstream_notify.adapters import subscription_repository
from deskstream_notify.adapters.circuit_breakers import CircuitBreakers
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.adapters.signing_secrets import new_signing_secret
from deskstream_notify.adapters.subscription_repository import (
    StoredSubscription,
    SubscriptionSecrets,
)
from deskstream_notify.domain.endpoint import UnacceptableUrl, checked_url
from deskstream_notify.domain.planning import webhook_test
from deskstream_notify.domain.send_result import WebhookReason
from deskstream_notify.domain.subscription import SubscribableType
from deskstream_notify.handlers.delivery_work import work_for
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.commands import Command, CommandContext, Commands
from deskstream_runtime.http.idempotency import CommandResponse, IdempotencyKey
from deskstream_runtime.http.problems import Problem, conflict, not_found
from deskstream_runtime.http.responses import problems
from deskstream_runtime.http.wrong_values import WrongValue
from deskstream_runtime.ids import new_id
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.unit_of_work import UnitOfWork

_may_write = Depends(Permission("webhooks:write"))
Caller = Annotated[Principal, _may_write]


class NewWebhook(BaseModel):
    """What to call, and with which events."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: Annotated[str, Field(min_length=1, max_length=2_048)]
    event_types: Annotated[list[SubscribableType], Field(min_length=1, max_length=20)]
    description: Annotated[str, Field(max_length=500)] | None = None


class WebhookHealth(BaseModel):
    """How the receiver has been answering.

    `consecutive_failures` counts failed calls since the last that was taken. Of the last failure
    there is the kind, and the HTTP status where there was an answer; never what the answer held.
    """

    last_success_at: AwareDatetime | None = None
    consecutive_failures: int = 0
    last_failure_at: AwareDatetime | None = None
    last_failure_reason: WebhookReason | None = None
    last_failure_status: int | None = None


class Webhook(BaseModel):
    """A subscription. It is disabled when its receiver answered 410 Gone.

    `url` is what is called: a name in other letters than ASCII is there as DNS knows it.
    """

    id: UUID
    url: str
    event_types: list[str]
    description: str | None = None
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None = None
    disabled_reason: str | None = None
    health: WebhookHealth = WebhookHealth()


class CreatedWebhook(Webhook):
    """A new subscription with its signing secret, which is not shown again."""

    secret: str


class WebhookList(BaseModel):
    """All subscriptions, oldest first; their number is limited."""

    items: list[Webhook]


class TestCall(BaseModel):
    """A test call is on its way: `GET /v1/notifications/{notification_id}` tells its outcome."""

    notification_id: UUID


class WebhookRoutes:
    """The subscriptions' routes."""

    def __init__(
        self,
        commands: Commands,
        unit_of_work: UnitOfWork,
        database: Database,
        secrets: SubscriptionSecrets,
        ledger: Ledger,
        clock: Clock,
        breakers: CircuitBreakers,
        *,
        private_allowed: bool,
        subscriptions_max: int,
    ) -> None:
        self._commands = commands
        self._unit_of_work = unit_of_work
        self._database = database
        self._secrets = secrets
        self._ledger = ledger
        self._clock = clock
        self._breakers = breakers
        self._private_allowed = private_allowed
        self._subscriptions_max = subscriptions_max

    def router(self) -> APIRouter:
        """The routes, put together."""
        router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], dependencies=[_may_write])
        router.post("", status_code=201, response_model=CreatedWebhook, responses=problems(409))(
            self.create
        )
        router.get("")(self.list)
        router.get("/{webhook_id}", responses=problems(404))(self.read)
        router.delete("/{webhook_id}", status_code=204, responses=problems(404))(self.remove)
        router.post(
            "/{webhook_id}/test",
            status_code=202,
            response_model=TestCall,
            responses=problems(404, 409),
        )(self.test)
        return router

    async def create(
        self,
        request: Request,
        principal: Caller,
        new: NewWebhook,
        key: IdempotencyKey = None,
    ) -> Response:
        """Subscribes a system to events from now on, and tells the secret that signs its calls."""
        url = self._checked(new.url)

        async def act(tx: Transaction) -> tuple[Effects, CommandResponse]:
            await self._check_room(tx)
            subscription = StoredSubscription(
                id=new_id(),
                url=url,
                event_types=tuple(sorted(set(new.event_types))),
                description=new.description,
                created_at=self._clock(),
                disabled_at=None,
                disabled_reason=None,
            )
            await self._secrets.add(tx, subscription, new_signing_secret(), principal.id)
            return NO_EFFECTS, CommandResponse(201, _webhook(subscription))

        return await self._with_secret(
            await self._commands.run(
                Command(CommandContext(request, principal, key), act, lambda answer: answer)
            )
        )

    async def list(self) -> WebhookList:
        """All subscriptions, without their secrets."""
        async with self._database.connection() as connection:
            found = await subscription_repository.listed(connection)
        return WebhookList(items=_webhooks(found))

    async def read(self, webhook_id: UUID) -> Webhook:
        """One subscription, without its secret, and how its receiver has been answering."""
        async with self._database.connection() as connection:
            found = await subscription_repository.found(connection, webhook_id)
        if found is None:
            raise not_found("webhook", webhook_id)
        return _webhook(found)

    async def remove(self, webhook_id: UUID) -> None:
        """Removes a subscription. Calls that wait for it are not made any more."""

        async def act(tx: Transaction) -> tuple[Effects, bool]:
            return NO_EFFECTS, await subscription_repository.removed(tx, webhook_id)

        if not await self._unit_of_work.run(act):
            raise not_found("webhook", webhook_id)

    async def test(
        self,
        request: Request,
        principal: Caller,
        webhook_id: UUID,
        key: IdempotencyKey = None,
    ) -> Response:
        """Calls the receiver with an event of type `webhook.test`."""

        async def act(tx: Transaction) -> tuple[Effects, CommandResponse]:
            found = await subscription_repository.found(tx, webhook_id)
            if found is None:
                raise not_found("webhook", webhook_id)
            if found.disabled_at is not None:
                raise conflict(f"The webhook is disabled: {found.disabled_reason}. Make a new one.")
            call = webhook_test(new_id(), found.id, found.url, self._clock())
            await self._ledger.record(tx, [call])
            # Whoever asks wants to see now whether it is mended.
            effects = Effects(
                work=[work_for(call)], on_commit=lambda: self._breakers.half_open(webhook_id)
            )
            return effects, CommandResponse(202, TestCall(notification_id=call.id))

        return await self._commands.run(
            Command(CommandContext(request, principal, key), act, lambda answer: answer)
        )

    def _checked(self, url: str) -> str:
        try:
            return str(checked_url(url, private_allowed=self._private_allowed))
        except UnacceptableUrl as error:
            raise Problem(
                422,
                "unacceptable-url",
                "URL cannot be called",
                f"This URL cannot be called: {error}.",
                errors=[WrongValue(pointer="/url", detail=str(error))],
            ) from None

    async def _check_room(self, tx: Transaction) -> None:
        if await subscription_repository.counted_and_locked(tx) >= self._subscriptions_max:
            raise conflict(
                f"There are {self._subscriptions_max} webhooks, the most there may be; remove one."
            )

    async def _with_secret(self, response: Response) -> Response:
        """The answer with the secret put in.

        It is no part of what is kept under the Idempotency-Key: there it would lie unencrypted.
        """
        webhook = Webhook.model_validate_json(bytes(response.body))
        async with self._database.connection() as connection:
            secret = await self._secrets.secret(connection, webhook.id)
        if secret is None:
            raise conflict(f"The webhook {webhook.id} was made, and removed since.")
        created = CreatedWebhook(**webhook.model_dump(), secret=secret.get_secret_value())
        headers = dict(response.headers)
        del headers["content-length"]
        body = created.model_dump_json(exclude_none=True)
        return Response(body, response.status_code, headers)


def _webhook(subscription: StoredSubscription) -> Webhook:
    return Webhook(
        id=subscription.id,
        url=subscription.url,
        event_types=[*subscription.event_types],
        description=subscription.description,
        created_at=subscription.created_at,
        disabled_at=subscription.disabled_at,
        disabled_reason=subscription.disabled_reason,
        health=WebhookHealth(**asdict(subscription.health)),
    )


def _webhooks(found: Sequence[StoredSubscription]) -> list[Webhook]:
    return [_webhook(subscription) for subscription in found]
