"""Plans the notifications that an event calls for."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from deskstream_contracts import Cause, Event, EventData, follow
from deskstream_contracts.events.reply import ReplyApproved, ReplyUndeliverable
from deskstream_notify.domain.address import mailable
from deskstream_notify.domain.alert import alert_about
from deskstream_notify.domain.cloud_event import test_event
from deskstream_notify.domain.message import AlertMail, ReplyMail, WebhookCall
from deskstream_notify.domain.notification import Notification, SkipReason, notification_id
from deskstream_notify.domain.subscription import SubscribableEvent, Subscription

# Customers who wrote by these channels are answered there; all others by e-mail.
_OTHER_TRANSPORTS = frozenset({"sms", "zendesk"})
_UNDELIVERABLE: frozenset[SkipReason] = frozenset(
    {"unsupported_channel", "no_address", "invalid_address"}
)


def reply_to_customer(
    event: Event[ReplyApproved],
    now: datetime,
    age_max: timedelta,
    special_domains: frozenset[str] = frozenset(),
) -> Notification:
    """The mail to the customer, or why it is skipped."""
    data = event.data
    email = data.customer.email
    address = mailable(email, special_domains) if email else None
    skipped = _reply_obstacle(event, address, now, age_max)
    recipient = "" if skipped == "erased" else address or data.customer.email or ""
    message = None
    if skipped is None:
        message = ReplyMail(
            cause=Cause.of(event),
            planned_at=now,
            to=recipient,
            subject=data.subject,
            body=data.body,
            message_id=data.message_id,
            draft_id=data.draft_id,
            language=data.language,
            automatic=data.auto,
            in_reply_to=_answered_mail(data),
        )
    return Notification(
        id=notification_id(event, "email", recipient),
        subject=event.subject,
        cause_id=event.id,
        cause_revision=event.revision,
        channel="email",
        purpose="reply",
        recipient_kind="customer",
        recipient=recipient,
        planned_at=now,
        message=message,
        skipped=skipped,
    )


def undeliverable(
    event: Event[ReplyApproved], notification: Notification
) -> Event[ReplyUndeliverable] | None:
    """Announces that a reply cannot be sent at all. None for one that is skipped as history."""
    if notification.skipped not in _UNDELIVERABLE:
        return None
    data = ReplyUndeliverable(
        message_id=event.data.message_id,
        notification_id=notification.id,
        channel=event.data.channel,
        reason=notification.skipped,
        attempts=0,
        occurred_at=notification.planned_at,
        draft_id=event.data.draft_id,
    )
    return follow(Cause.of(event), data, time=notification.planned_at)


def alerts(
    event: Event[SubscribableEvent],
    addresses: Sequence[str],
    now: datetime,
    age_max: timedelta,
    batch_window: timedelta,
) -> list[Notification]:
    """An alert for each address on duty, if the event alarms.

    It waits for `batch_window`, so that further alerts about the ticket are in the same mail.
    """
    alert = alert_about(event)
    if alert is None:
        return []
    skipped = _history(event, now, age_max)
    content = asdict(alert) | {"cause": Cause.of(event), "planned_at": now}
    return [
        Notification(
            id=notification_id(event, "email", address),
            subject=event.subject,
            cause_id=event.id,
            cause_revision=event.revision,
            channel="email",
            purpose="alert",
            recipient_kind="agent",
            recipient=address,
            planned_at=now,
            message=None if skipped else AlertMail(to=address, **content),
            skipped=skipped,
            due_at=now + batch_window,
        )
        for address in addresses
    ]


def webhook_calls(
    event: Event[SubscribableEvent],
    subscriptions: Iterable[Subscription],
    now: datetime,
    age_max: timedelta,
) -> list[Notification]:
    """A call to each subscription that wants the event.

    A revised event is sent too: by it a subscriber learns that a person was erased.
    """
    skipped = _too_old(event, now, age_max)
    return [
        webhook_notification(
            notification_id(event, "webhook", str(subscription.id)),
            Cause.of(event),
            subscription,
            now,
            revision=event.revision,
            skipped=skipped,
        )
        for subscription in subscriptions
        if subscription.wants(event)
    ]


def webhook_test(test_id: UUID, subscription: Subscription, now: datetime) -> Notification:
    """A test call: it has no event, and shows whether calls arrive."""
    cause = Cause(id=test_id, subject=subscription.id, correlation_id=test_id)
    body = test_event(test_id, subscription.id, now)
    return webhook_notification(test_id, cause, subscription, now, test_body=body)


def webhook_notification(
    id_: UUID,
    cause: Cause,
    subscription: Subscription,
    now: datetime,
    *,
    revision: int = 1,
    skipped: SkipReason | None = None,
    test_body: str | None = None,
) -> Notification:
    """A call of the subscription's receiver about an event, or with the body of a test."""
    is_test = test_body is not None
    message = WebhookCall(
        cause=cause,
        planned_at=now,
        subscription_id=subscription.id,
        url=subscription.url,
        revision=revision,
        body=test_body,
        test=is_test,
    )
    return Notification(
        id=id_,
        subject=cause.subject,
        cause_id=cause.id,
        cause_revision=revision,
        channel="webhook",
        purpose="subscription_test" if is_test else "subscription",
        recipient_kind="system",
        recipient=str(subscription.id),
        planned_at=now,
        message=None if skipped else message,
        skipped=skipped,
    )


def _reply_obstacle(
    event: Event[ReplyApproved], address: str | None, now: datetime, age_max: timedelta
) -> SkipReason | None:
    history = _history(event, now, age_max)
    if history is not None:
        return history
    if event.data.channel in _OTHER_TRANSPORTS:
        return "unsupported_channel"
    if not event.data.customer.email:
        return "no_address"
    return "invalid_address" if address is None else None


def _history(event: Event[EventData], now: datetime, age_max: timedelta) -> SkipReason | None:
    """People are notified of an event when it happens: not of its revisions, nor of replays."""
    return "erased" if event.revision > 1 else _too_old(event, now, age_max)


def _too_old(event: Event[EventData], now: datetime, age_max: timedelta) -> SkipReason | None:
    return "too_old" if now - event.time > age_max else None


def _answered_mail(data: ReplyApproved) -> str | None:
    """The Message-ID of the customer's mail, if the ticket came by e-mail."""
    if data.external is None or data.external.source != "email":
        return None
    return data.external.id
