"""The bodies of responses, and the functions that fill them."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from asyncpg import Record
from fastapi import Response
from pydantic import AwareDatetime, BaseModel, SecretStr

from deskstream_notify.domain.address import masked
from deskstream_notify.domain.notification import State
from deskstream_notify.domain.send_result import WebhookReason
from deskstream_notify.domain.subscription import Subscription
from deskstream_notify.handlers.commands import Redelivered
from deskstream_runtime.http.idempotency import CommandResponse


class WebhookHealth(BaseModel):
    """How the receiver has been answering.

    `consecutive_failures` counts failed calls since the last accepted one. Of the last failure
    there is the kind, and the HTTP status if there was an answer; never the answer's content.
    """

    last_success_at: AwareDatetime | None = None
    consecutive_failures: int = 0
    last_failure_at: AwareDatetime | None = None
    last_failure_reason: WebhookReason | None = None
    last_failure_status: int | None = None


class Webhook(BaseModel):
    """A subscription. It is disabled when its receiver answered 410 Gone.

    `url` is the URL that is called: a host name outside ASCII is written as in DNS.
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
    """A test call is planned: `GET /v1/notifications/{notification_id}` shows its outcome."""

    notification_id: UUID


class WebhookDelivery(BaseModel):
    """One delivery, without its content. `id` is the `webhook-id` that the receiver gets.

    `event_type` is known as long as the event is stored; a test call has none. `reason` and
    `response_status` are those of the last attempt, if it failed. `redeliverable`: it has ended,
    and its content is still stored.
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
    """Newest first. While there is a `next_cursor`, continue, even if a page is not full."""

    items: list[WebhookDelivery]
    next_cursor: str | None = None


class Redelivery(BaseModel):
    """The number of deliveries that are repeated. `more`: others are left, so ask once more."""

    redelivered: int
    more: bool


class DeliveryReport(BaseModel):
    """The provider's last report."""

    status: str
    occurred_at: AwareDatetime
    error_code: str | None = None


class NotificationView(BaseModel):
    """One notification. `ambiguous`: it may have arrived, although that was not confirmed."""

    id: UUID
    cause_id: UUID
    channel: str
    purpose: str
    recipient_kind: str
    recipient: str
    state: str
    attempts: int
    ambiguous: bool
    reason: str | None = None
    planned_at: AwareDatetime
    settled_at: AwareDatetime | None = None
    report: DeliveryReport | None = None


class NotificationPage(BaseModel):
    """Newest first. `next_cursor` is there when there are more."""

    items: list[NotificationView]
    next_cursor: int | None = None


def webhook_view(subscription: Subscription) -> Webhook:
    return Webhook(**asdict(subscription) | {"event_types": sorted(subscription.event_types)})


def webhook_response(subscription: Subscription) -> CommandResponse:
    """201 with the new subscription. It is kept with the Idempotency-Key, so without the secret."""
    return CommandResponse(201, webhook_view(subscription))


def with_secret(response: Response, webhook: Webhook, secret: SecretStr) -> Response:
    """The same response with the secret in its body."""
    created = CreatedWebhook(**webhook.model_dump(), secret=secret.get_secret_value())
    headers = dict(response.headers)
    del headers["content-length"]
    return Response(created.model_dump_json(exclude_none=True), response.status_code, headers)


def test_call_response(notification_id: UUID) -> CommandResponse:
    """202: the call will be made."""
    return CommandResponse(202, TestCall(notification_id=notification_id))


def redelivery_response(redelivered: Redelivered) -> CommandResponse:
    """202: the deliveries will be repeated."""
    return CommandResponse(202, Redelivery(redelivered=redelivered.count, more=redelivered.more))


def delivery_view(row: Record) -> WebhookDelivery:
    is_event, has_ended = not row["test"], row["state"] in ("sent", "failed", "unknown")
    return WebhookDelivery(
        **row,
        ticket_id=row["subject"] if is_event else None,
        redeliverable=row["kept"] and is_event and has_ended,
    )


def notification_page(rows: Sequence[Record], limit: int) -> NotificationPage:
    """The first `limit` of these notifications."""
    shown = rows[:limit]
    return NotificationPage(
        items=[notification_view(row) for row in shown],
        next_cursor=shown[-1]["seq"] if len(rows) > limit else None,
    )


def notification_view(row: Record) -> NotificationView:
    """The notification as agents see it: without a person's address."""
    report = None
    if row["report_status"] is not None:
        report = DeliveryReport(
            status=row["report_status"],
            occurred_at=row["reported_at"],
            error_code=row["report_error_code"],
        )
    recipient = masked(row["recipient"]) if row["channel"] == "email" else row["recipient"]
    return NotificationView(**dict(row) | {"recipient": recipient, "report": report})
