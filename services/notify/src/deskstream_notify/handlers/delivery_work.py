"""The work that sends a notification."""

from deskstream_notify.domain.message import WebhookCall
from deskstream_notify.domain.notification import Notification, Purpose, lane_of
from deskstream_runtime.effects import Work

REPLY_KIND = "email.reply"
ALERT_KIND = "email.alert"
WEBHOOK_KIND = "webhook"
"""One pool whose slots are shared between subscriptions."""


def work_for(notification: Notification) -> Work:
    """The work of sending a notification that has a message."""
    message = notification.message
    assert message is not None, "a skipped notification has nothing to send"
    return Work(
        id=notification.id,
        kind=_kind_of(notification.purpose),
        subject=lane_of(notification),
        payload=message,
        due_at=notification.due_at or notification.planned_at,
        share=message.subscription_id if isinstance(message, WebhookCall) else None,
    )


def _kind_of(purpose: Purpose) -> str:
    match purpose:
        case "reply":
            return REPLY_KIND
        case "alert":
            return ALERT_KIND
        case "subscription" | "subscription_test":
            return WEBHOOK_KIND
