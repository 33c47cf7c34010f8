"""Repeating a delivery under the same `webhook-id`, by which a receiver recognises it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deskstream_contracts import Cause
from deskstream_notify.domain.notification import Notification, State
from deskstream_notify.domain.planning import webhook_notification
from deskstream_notify.domain.refusals import Obstacle
from deskstream_notify.domain.subscription import Subscription


@dataclass(frozen=True, slots=True)
class PastDelivery:
    """A stored delivery. `kept`: the content of its event is still stored."""

    id: UUID
    subject: UUID
    event_id: UUID
    revision: int
    state: State
    is_test: bool
    kept: bool
    correlation_id: UUID | None
    traceparent: str | None


def obstacle_to(past: PastDelivery | None) -> Obstacle | None:
    """Why the delivery cannot be repeated, None if it can."""
    if past is None:
        return Obstacle("unknown", "this webhook has no delivery of this id")
    if past.is_test:
        return Obstacle("not_ended", "it was a test call; make another")
    if past.state in ("planned", "sending"):
        return Obstacle("not_ended", "it waits to be delivered already")
    if past.state == "skipped":
        return Obstacle("not_ended", "it was never to be sent")
    if not past.kept:
        return Obstacle("gone", "its content is not kept any more")
    return None


def redelivery(past: PastDelivery, subscription: Subscription, now: datetime) -> Notification:
    """The notification once more: its age counts from now."""
    cause = Cause(
        id=past.event_id,
        subject=past.subject,
        correlation_id=past.correlation_id or past.event_id,
        traceparent=past.traceparent,
    )
    return webhook_notification(past.id, cause, subscription, now, revision=past.revision)
