"""The events that announce how a notification ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from deskstream_contracts import Cause, Event, EventData, follow, follow_id
from deskstream_contracts.events.notification import (
    NotificationFailed,
    NotificationSent,
    RecipientKind,
)
from deskstream_contracts.events.reply import ReplyDelivered, ReplyUndeliverable
from deskstream_notify.domain.message import Message, ReplyMail, WebhookCall
from deskstream_notify.domain.notification import Channel, Purpose

D = TypeVar("D", bound=EventData)


@dataclass(frozen=True, slots=True)
class EndedNotification:
    """A notification as it is stored after its end."""

    id: UUID
    channel: Channel
    purpose: Purpose
    recipient_kind: RecipientKind
    recipient: str
    attempts: int
    ambiguous: bool
    settled_at: datetime
    reason: str | None
    detail: str | None
    provider_message_id: str | None
    redeliveries: int = 0


def events_of_success(
    row: EndedNotification, message: Message, provider: str
) -> list[Event[EventData]]:
    """`notification.sent`, and `reply.delivered` for a reply. None for a test call."""
    if isinstance(message, WebhookCall) and message.test:
        return []
    sent = NotificationSent(
        notification_id=row.id,
        channel=row.channel,
        purpose=row.purpose,
        recipient_kind=row.recipient_kind,
        recipient=row.recipient,
        provider=provider,
        attempt=row.attempts,
        sent_at=row.settled_at,
        cause_id=message.cause.id,
        provider_message_id=row.provider_message_id,
    )
    events: list[Event[EventData]] = [_follow(row, message.cause, sent)]
    if isinstance(message, ReplyMail):
        delivered = ReplyDelivered(
            message_id=message.message_id,
            notification_id=row.id,
            channel=row.channel,
            provider=provider,
            delivered_at=row.settled_at,
            draft_id=message.draft_id,
            provider_message_id=row.provider_message_id,
        )
        events.append(_follow(row, message.cause, delivered))
    return events


def events_of_failure(
    row: EndedNotification, message: Message, provider: str
) -> list[Event[EventData]]:
    """`notification.failed`, and `reply.undeliverable` for a reply. None for a test call."""
    if isinstance(message, WebhookCall) and message.test:
        return []
    reason = row.reason or "gave_up"
    failed = NotificationFailed(
        notification_id=row.id,
        channel=row.channel,
        purpose=row.purpose,
        recipient_kind=row.recipient_kind,
        recipient=row.recipient,
        provider=provider,
        attempts=max(row.attempts, 1),
        failed_at=row.settled_at,
        cause_id=message.cause.id,
        reason=reason,
        ambiguous=row.ambiguous,
        detail=row.detail,
    )
    events: list[Event[EventData]] = [_follow(row, message.cause, failed)]
    if isinstance(message, ReplyMail):
        undeliverable = ReplyUndeliverable(
            message_id=message.message_id,
            notification_id=row.id,
            channel=row.channel,
            reason=reason,
            attempts=row.attempts,
            occurred_at=row.settled_at,
            draft_id=message.draft_id,
            detail=row.detail,
        )
        events.append(_follow(row, message.cause, undeliverable))
    return events


def _follow(row: EndedNotification, cause: Cause, data: D) -> Event[D]:
    """A notification ends once for each delivery, so the event's id follows from both."""
    event_id = follow_id(row.id, data.event_type, row.redeliveries)
    return follow(cause, data, time=row.settled_at, event_id=event_id)
