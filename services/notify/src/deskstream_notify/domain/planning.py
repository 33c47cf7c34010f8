"""From an event to the notifications it calls for."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from deskstream_contracts import Cause, Event, EventData, follow
from deskstream_contracts.events.reply import ReplyApproved, ReplyUndeliverable
from deskstream_notify.domain.address import mailable
from deskstream_notify.domain.alert import alert_about
from deskstream_notify.domain.cloud_event import test_event
from deskstream_notify.domain.message import AlertMail, ReplyMail, WebhookCall
from deskstream_notify.domain.notification import (
    Notification,
    SkipReason,
    notification_id,
)
from deskstream_notify.domain.subscription import SubscribableEvent, Subscription

# These customers are reached through the provider they wrote by; everyone else by e-mail.
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
    """The mail to the customer, or why there is none."""
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
    """What the agents must be told about a reply that cannot be sent at all.

    None for a reply that is not sent because it is history.
    """
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
    gather: timedelta,
) -> list[Notification]:
    """A notification for each address on duty, if the event alarms.

    It waits for `gather`, so that what follows about the same ticket is told in the same mail.
    """
    alert = alert_about(event)
    if alert is None:
        return []
    skipped = _history(event, now, age_max)
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
            message=None
            if skipped
            else AlertMail(
                cause=Cause.of(event),
                planned_at=now,
                to=address,
                kind=alert.kind,
                headline=alert.headline,
                facts=alert.facts,
                why=alert.why,
                priority=alert.priority,
            ),
            skipped=skipped,
            due_at=now + gather,
        )
        for address in addresses
    ]


def webhook_calls(
    event: Event[SubscribableEvent],
    subscriptions: Iterable[Subscription],
    now: datetime,
    age_max: timedelta,
) -> list[Notification]:
    """One call to each subscription that wants the event.

    A revised event is told too: that is how a subscriber learns that a person was erased.
    """
    skipped = _too_old(event, now, age_max)
    return [
        _webhook_call(event, subscription, now, skipped)
        for subscription in subscriptions
        if subscription.wants(event)
    ]


def webhook_test(test_id: UUID, subscription_id: UUID, url: str, now: datetime) -> Notification:
    """A call that tells of nothing but itself, to see whether it arrives."""
    cause = Cause(id=test_id, subject=subscription_id, correlation_id=test_id)
    return Notification(
        id=test_id,
        subject=subscription_id,
        cause_id=test_id,
        cause_revision=1,
        channel="webhook",
        purpose="subscription_test",
        recipient_kind="system",
        recipient=str(subscription_id),
        planned_at=now,
        message=WebhookCall(
            cause=cause,
            planned_at=now,
            subscription_id=subscription_id,
            url=url,
            body=test_event(test_id, subscription_id, now),
            test=True,
        ),
    )


def _webhook_call(
    event: Event[SubscribableEvent],
    subscription: Subscription,
    now: datetime,
    skipped: SkipReason | None,
) -> Notification:
    recipient = str(subscription.id)
    return Notification(
        id=notification_id(event, "webhook", recipient),
        subject=event.subject,
        cause_id=event.id,
        cause_revision=event.revision,
        channel="webhook",
        purpose="subscription",
        recipient_kind="system",
        recipient=recipient,
        planned_at=now,
        message=None
        if skipped
        else WebhookCall(
            cause=Cause.of(event),
            planned_at=now,
            subscription_id=subscription.id,
            url=subscription.url,
            revision=event.revision,
        ),
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
    """People are told of an event when it happens: not of its revisions, nor of replays."""
    return "erased" if event.revision > 1 else _too_old(event, now, age_max)


def _too_old(event: Event[EventData], now: datetime, age_max: timedelta) -> SkipReason | None:
    return "too_old" if now - event.time > age_max else None


def _answered_mail(data: ReplyApproved) -> str | None:
    """The Message-ID of the customer's mail, where the ticket came by e-mail."""
    if data.external is None or data.external.source != "email":
        return None
    return data.external.id
