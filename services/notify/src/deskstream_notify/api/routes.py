"""The routes of webhooks, of their deliveries and of notifications."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime

from deskstream_notify.adapters import delivery_queries, notification_queries, subscription_queries
from deskstream_notify.adapters.signing_secrets import SecretCipher
from deskstream_notify.api.cursors import (
    BEGINNING,
    CURSOR_MAX_CHARS,
    END,
    cursor_of,
    key_of,
    within_reach,
)
from deskstream_notify.api.requests import NewWebhook, RedeliveryRequest
from deskstream_notify.api.responses import (
    CreatedWebhook,
    NotificationPage,
    NotificationView,
    Redelivery,
    TestCall,
    Webhook,
    WebhookDeliveryPage,
    WebhookList,
    delivery_view,
    notification_page,
    notification_view,
    redelivery_response,
    test_call_response,
    webhook_response,
    webhook_view,
    with_secret,
)
from deskstream_notify.domain.endpoint import checked_url
from deskstream_notify.domain.notification import State
from deskstream_notify.handlers.commands import CommandHandlers, Redelivered
from deskstream_runtime.http.auth import Permission
from deskstream_runtime.http.commands import Command, CommandContext, Commands, creation
from deskstream_runtime.http.problems import conflict, not_found
from deskstream_runtime.http.responses import problems
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.unit_of_work import UnitOfWork

Creation = Annotated[CommandContext, Depends(creation("webhooks:write"))]

_may_write = Depends(Permission("webhooks:write"))
_may_read = Depends(Permission("tickets:read"))


def webhooks_router(
    commands: Commands,
    unit_of_work: UnitOfWork,
    database: Database,
    handlers: CommandHandlers,
    cipher: SecretCipher,
    *,
    private_allowed: bool,
) -> APIRouter:
    """The routes of subscriptions. `private_allowed`: their URLs may be on private networks."""
    router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], dependencies=[_may_write])

    @router.post("", status_code=201, response_model=CreatedWebhook, responses=problems(409))
    async def create(body: NewWebhook, context: Creation) -> Response:
        """Subscribe a system to events from now on, and get the secret that signs its calls."""
        handler = partial(
            handlers.create,
            url=str(checked_url(body.url, private_allowed=private_allowed)),
            event_types=body.event_types,
            description=body.description,
            created_by=context.principal.id,
        )
        response = await commands.run(Command(context, handler, webhook_response))
        webhook = Webhook.model_validate_json(bytes(response.body))
        async with database.connection() as connection:
            secret = await subscription_queries.find_secret(connection, webhook.id)
        if secret is None:
            raise conflict(f"The webhook {webhook.id} was made, and removed since.")
        return with_secret(response, webhook, cipher.decrypt(secret))

    @router.get("", name="list")
    async def list_webhooks() -> WebhookList:
        """All subscriptions, without their secrets."""
        async with database.connection() as connection:
            found = await subscription_queries.all_subscriptions(connection)
        return WebhookList(items=[webhook_view(subscription) for subscription in found])

    @router.get("/{webhook_id}", responses=problems(404))
    async def read(webhook_id: UUID) -> Webhook:
        """One subscription, without its secret, and how its receiver has been answering."""
        async with database.connection() as connection:
            found = await subscription_queries.find(connection, webhook_id)
        if found is None:
            raise not_found("webhook", webhook_id)
        return webhook_view(found)

    @router.delete("/{webhook_id}", status_code=204, responses=problems(404))
    async def remove(webhook_id: UUID) -> None:
        """Remove a subscription. Calls that wait for it are not made any more."""
        await unit_of_work.run(partial(handlers.remove, subscription_id=webhook_id))

    @commands.route(
        router, "POST", "/{webhook_id}/test", TestCall, status=202, responses=problems(404, 409)
    )
    def test(webhook_id: UUID, context: Creation) -> Command[UUID]:
        """Call the receiver with an event of type `webhook.test`."""
        handler = partial(handlers.test, subscription_id=webhook_id)
        return Command(context, handler, test_call_response)

    return router


def deliveries_router(
    commands: Commands, database: Database, handlers: CommandHandlers
) -> APIRouter:
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
        cursor: Annotated[str | None, Query(max_length=CURSOR_MAX_CHARS)] = None,
    ) -> WebhookDeliveryPage:
        """The deliveries of this webhook and their states, without any content."""
        before = END if cursor is None else key_of(cursor)
        async with database.connection() as connection:
            if await subscription_queries.find(connection, webhook_id) is None:
                raise not_found("webhook", webhook_id)
            page = await delivery_queries.page(
                connection,
                webhook_id,
                states=state or (),
                since=within_reach(since or BEGINNING),
                before=before,
                limit=limit,
            )
        return WebhookDeliveryPage(
            items=[delivery_view(row) for row in page.deliveries],
            next_cursor=None if page.next_key is None else cursor_of(page.next_key),
        )

    @commands.route(
        router,
        "POST",
        "/{webhook_id}/redeliver",
        Redelivery,
        status=202,
        responses=problems(404, 409, 410),
    )
    def redeliver(
        webhook_id: UUID, body: RedeliveryRequest, context: Creation
    ) -> Command[Redelivered]:
        """Repeat deliveries, each with the same `webhook-id`: all that are named, or none.

        409: one still waits, or was never to be sent, or the webhook is disabled. 410: the content
        of one is not stored any more. With `failed_since` the oldest are first, and `more` says
        that some are left; those whose content is gone are left out.
        """
        if body.failed_since is None:
            handler = partial(handlers.redeliver, ids=body.ids or [], subscription_id=webhook_id)
        else:
            since = within_reach(body.failed_since)
            handler = partial(handlers.redeliver_failed, since=since, subscription_id=webhook_id)
        return Command(context, handler, redelivery_response)

    return router


def notifications_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/notifications", tags=["notifications"], dependencies=[_may_read])

    @router.get("", response_model_exclude_none=True)
    async def list_of_ticket(
        ticket_id: UUID,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    ) -> NotificationPage:
        """The notifications about a ticket."""
        async with database.connection() as connection:
            rows = await notification_queries.list_of_ticket(
                connection, ticket_id, cursor, limit + 1
            )
        return notification_page(rows, limit)

    @router.get("/{notification_id}", response_model_exclude_none=True, responses=problems(404))
    async def read(notification_id: UUID) -> NotificationView:
        """One notification, such as a webhook's test call."""
        async with database.connection() as connection:
            row = await notification_queries.find(connection, notification_id)
        if row is None:
            raise not_found("notification", notification_id)
        return notification_view(row)

    return router
