"""A webhook's deliveries: what became of each, and making them again."""

import base64
import binascii
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from deskstream_notify.adapters import delivery_queries, subscription_repository
from deskstream_notify.adapters.circuit_breakers import CircuitBreakers
from deskstream_notify.adapters.delivery_queries import DeliveryRow, Key
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.adapters.subscription_repository import StoredSubscription
from deskstream_notify.domain.notification import State
from deskstream_notify.domain.redelivery import NotRedeliverable
from deskstream_notify.handlers import commands
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.commands import Command, CommandContext, Commands
from deskstream_runtime.http.idempotency import CommandResponse, IdempotencyKey
from deskstream_runtime.http.problems import Problem, conflict, not_found
from deskstream_runtime.http.responses import problems
from deskstream_runtime.http.wrong_values import WrongValue
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database

_may_write = Depends(Permission("webhooks:write"))
Caller = Annotated[Principal, _may_write]

_IDS_MAX = 100
_CURSOR_MAX_CHARS = 200
_CURSOR = TypeAdapter(tuple[AwareDatetime, Annotated[int, Field(ge=0, le=2**63 - 1)]])
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_END: Key = (datetime(9999, 1, 1, tzinfo=UTC), 2**63 - 1)


_Ids = Annotated[
    list[UUID],
    Field(min_length=1, max_length=_IDS_MAX, json_schema_extra={"uniqueItems": True}),
]


class WebhookDelivery(BaseModel):
    """One delivery, without what it sent. `id` is the `webhook-id` that the receiver gets.

    `event_type` is known as long as the ledger remembers the event; a test call is of none.
    `reason` and `response_status` are those of the last attempt, if it failed. `redeliverable`:
    it has ended, and what it sent is still kept.
    """

    id: UUID
    event_id: UUID
    event_type: str | None = None
    ticket_id: UUID | None = None
    test: bool
    state: State
    attempts: int
    ambiguous: bool
    reason: str | None = None
    response_status: int | None = None
    planned_at: AwareDatetime
    last_attempt_at: AwareDatetime | None = None
    next_attempt_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None
    redeliveries: int
    redeliverable: bool


class WebhookDeliveryPage(BaseModel):
    """Newest first. While there is a `next_cursor`, go on: a page may hold fewer than its limit."""

    items: list[WebhookDelivery]
    next_cursor: str | None = None


class RedeliveryRequest(BaseModel):
    """Which deliveries to make again: these, or all that failed of those planned since a moment."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"minProperties": 1, "maxProperties": 1}
    )

    ids: _Ids | SkipJsonSchema[None] = None
    failed_since: AwareDatetime | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "RedeliveryRequest":
        if (self.ids is None) == (self.failed_since is None):
            raise ValueError("give either `ids` or `failed_since`")
        if self.ids is not None and len(set(self.ids)) < len(self.ids):
            raise ValueError("`ids` names a delivery twice")
        return self


class Redelivery(BaseModel):
    """How many deliveries will be made again. `more`: others are left, so ask once more."""

    redelivered: int
    more: bool


def deliveries_router(
    command_runner: Commands,
    database: Database,
    ledger: Ledger,
    breakers: CircuitBreakers,
    clock: Clock,
    *,
    redeliver_max: int,
) -> APIRouter:
    """The deliveries' routes."""
    router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], dependencies=[_may_write])

    @router.get(
        "/{webhook_id}/deliveries",
        response_model_exclude_none=True,
        responses=problems(404),
    )
    async def list_deliveries(
        webhook_id: UUID,
        state: Annotated[list[State] | None, Query(max_length=6)] = None,
        since: Annotated[AwareDatetime | None, Query(description="planned then or later")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=_CURSOR_MAX_CHARS)] = None,
    ) -> WebhookDeliveryPage:
        """What became of each call of this webhook. Holds nothing of what was sent or answered."""
        before = _END if cursor is None else _key_of(cursor)
        async with database.connection() as connection:
            if await subscription_repository.found(connection, webhook_id) is None:
                raise not_found("webhook", webhook_id)
            page = await delivery_queries.page(
                connection,
                webhook_id,
                states=state or (),
                since=_within_reach(since or _BEGINNING),
                before=before,
                limit=limit,
            )
        return WebhookDeliveryPage(
            items=[_view(one) for one in page.deliveries],
            next_cursor=None if page.next_key is None else _cursor_of(page.next_key),
        )

    @router.post(
        "/{webhook_id}/redeliver",
        status_code=202,
        response_model=Redelivery,
        responses=problems(404, 409, 410),
    )
    async def redeliver(
        request: Request,
        principal: Caller,
        webhook_id: UUID,
        asked: RedeliveryRequest,
        key: IdempotencyKey = None,
    ) -> Response:
        """Makes deliveries again, with the same `webhook-id` each: all that are asked for, or none.

        409: one still waits, or was never to be sent, or the webhook is disabled. 410: what one
        sent is not kept any more. With `failed_since` the oldest go first, and `more` says that
        some are left; those whose content is gone are left out.
        """

        async def act(tx: Transaction) -> tuple[Effects, CommandResponse]:
            subscription = await _enabled(tx, webhook_id)
            if asked.ids is not None:
                effects, done = await commands.redeliver(
                    tx, ledger, subscription, asked.ids, clock()
                )
            else:
                assert asked.failed_since is not None, "one of both is given"
                since = _within_reach(asked.failed_since)
                effects, done = await commands.redeliver_failed(
                    tx, ledger, subscription, since, clock(), count_max=redeliver_max
                )
            # Whoever asks wants to see now whether it is mended.
            effects = replace(effects, on_commit=lambda: breakers.half_open(webhook_id))
            return effects, CommandResponse(202, Redelivery(redelivered=done.count, more=done.more))

        try:
            return await command_runner.run(
                Command(CommandContext(request, principal, key), act, lambda answer: answer)
            )
        except NotRedeliverable as error:
            raise _refusal(error) from None

    return router


async def _enabled(tx: Transaction, webhook_id: UUID) -> StoredSubscription:
    found = await subscription_repository.found(tx, webhook_id)
    if found is None:
        raise not_found("webhook", webhook_id)
    if found.disabled_at is not None:
        raise conflict(f"The webhook is disabled: {found.disabled_reason}. Make a new one.")
    return found


def _refusal(error: NotRedeliverable) -> Problem:
    """One status for all: what was never there comes before what is gone, and that before 409."""
    kinds = {one.obstacle.kind for one in error.blocked}
    detail = (
        f"{len(error.blocked)} of the deliveries cannot be made again, so none was; see errors."
    )
    errors = [
        WrongValue(pointer=f"/ids/{one.index}", detail=one.obstacle.text) for one in error.blocked
    ]
    if "unknown" in kinds:
        return Problem(404, "not-found", "Not found", detail, errors=errors)
    if "gone" in kinds:
        return Problem(410, "payload-gone", "Not kept any more", detail, errors=errors)
    return Problem(409, "conflict", "Not possible now", detail, errors=errors)


def _cursor_of(key: Key) -> str:
    return base64.urlsafe_b64encode(_CURSOR.dump_json(key)).decode()


def _key_of(cursor: str) -> Key:
    try:
        text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        moment, number = _CURSOR.validate_json(text)
    except (binascii.Error, UnicodeEncodeError, ValidationError):
        raise Problem(
            422,
            "invalid-cursor",
            "Invalid cursor",
            "The cursor is not one that this list gave; begin without one.",
        ) from None
    return _within_reach(moment), number


def _within_reach(moment: datetime) -> datetime:
    """The same, or the first or last moment of which any time zone has a date."""
    return max(_BEGINNING, min(moment, _END[0]))


def _view(one: DeliveryRow) -> WebhookDelivery:
    return WebhookDelivery(
        id=one.id,
        event_id=one.event_id,
        event_type=one.type,
        ticket_id=None if one.is_test else one.subject,
        test=one.is_test,
        state=one.state,
        attempts=one.attempts,
        ambiguous=one.ambiguous,
        reason=one.reason,
        response_status=one.response_status,
        planned_at=one.planned_at,
        last_attempt_at=one.last_attempt_at,
        next_attempt_at=one.next_attempt_at,
        settled_at=one.settled_at,
        redeliveries=one.redeliveries,
        redeliverable=one.kept and not one.is_test and one.state in ("sent", "failed", "unknown"),
    )
