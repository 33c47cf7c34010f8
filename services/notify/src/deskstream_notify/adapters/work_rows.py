"""Which work row, of which kind, sends a notification."""

from deskstream_notify.domain.notification import Notification, lane_of
from deskstream_runtime.effects import Work

REPLY_KIND = "email.reply"
ALERT_KIND = "email.alert"
WEBHOOK_KINDS = ("webhook.0", "webhook.1", "webhook.2", "webhook.3")
"""Webhooks are spread over several pools, so that a slow receiver holds up its neighbours alone."""


def work_for(notification: Notification) -> Work:
    """The work of sending a notification that has a message."""
    assert notification.message is not None, "a skipped notification has nothing to send"
    return Work(
        id=notification.id,
        kind=_kind_of(notification),
        subject=lane_of(notification),
        payload=notification.message,
        due_at=notification.planned_at,
    )


def _kind_of(notification: Notification) -> str:
    if notification.purpose == "reply":
        return REPLY_KIND
    if notification.purpose == "alert":
        return ALERT_KIND
    shard = sum(notification.recipient.encode()) % len(WEBHOOK_KINDS)
    return WEBHOOK_KINDS[shard]
