"""The work that sends a notification."""

from deskstream_notify.domain.message import WebhookCall
from deskstream_notify.domain.notification import Notification, lane_of
from deskstream_runtime.effects import Work


def work_for(notification: Notification) -> Work:
    """The work of sending a notification that has a message."""
    message = notification.message
    assert message is not None, "a skipped notification has nothing to send"
    return Work(
        id=notification.id,
        kind=message.work_kind,
        subject=lane_of(notification),
        payload=message,
        due_at=notification.due_at or notification.planned_at,
        share=message.subscription_id if isinstance(message, WebhookCall) else None,
    )
