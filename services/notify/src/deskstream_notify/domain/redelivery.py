"""Delivering again what was delivered, or given up, before: under the same id, so with the same
`webhook-id`, by which a receiver knows what it has already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from deskstream_contracts import Cause
from deskstream_notify.domain.message import WebhookCall
from deskstream_notify.domain.notification import Notification, State

_SETTLED: frozenset[State] = frozenset({"sent", "failed", "unknown"})


@dataclass(frozen=True, slots=True)
class PastDelivery:
    """A row of the ledger, and what is kept of its event. `kept`: what it sent is still there."""

    id: UUID
    subject: UUID
    event_id: UUID
    revision: int
    state: State
    is_test: bool
    kept: bool
    correlation_id: UUID | None
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a delivery cannot be made again.

    `unknown`: this subscription has none of this id. `gone`: what it sent is not kept any more.
    `unsettled`: it still waits, or was never to be sent.
    """

    kind: Literal["unknown", "gone", "unsettled"]
    text: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The delivery at this place of those asked for cannot be made again."""

    index: int
    obstacle: Obstacle


class NotRedeliverable(Exception):
    """Some of the deliveries asked for cannot be made again, so none is."""

    def __init__(self, blocked: Sequence[Blocked]) -> None:
        super().__init__(f"{len(blocked)} cannot be delivered again")
        self.blocked = tuple(blocked)


def obstacle_to(past: PastDelivery | None) -> Obstacle | None:
    """What keeps it from being delivered again, if anything."""
    if past is None:
        return Obstacle("unknown", "this webhook has no delivery of this id")
    if past.is_test:
        return Obstacle("unsettled", "it was a test call; make another")
    if past.state in ("planned", "sending"):
        return Obstacle("unsettled", "it waits to be delivered already")
    if past.state not in _SETTLED:
        return Obstacle("unsettled", "it was never to be sent")
    if not past.kept:
        return Obstacle("gone", "what it sent is not kept any more")
    return None


def delivered_again(
    past: PastDelivery, subscription_id: UUID, url: str, now: datetime
) -> Notification:
    """The notification once more: its age counts from now."""
    return Notification(
        id=past.id,
        subject=past.subject,
        cause_id=past.event_id,
        cause_revision=past.revision,
        channel="webhook",
        purpose="subscription",
        recipient_kind="system",
        recipient=str(subscription_id),
        planned_at=now,
        message=WebhookCall(
            cause=Cause(
                id=past.event_id,
                subject=past.subject,
                correlation_id=past.correlation_id or past.event_id,
                traceparent=past.traceparent,
            ),
            planned_at=now,
            subscription_id=subscription_id,
            url=url,
            revision=past.revision,
        ),
    )
