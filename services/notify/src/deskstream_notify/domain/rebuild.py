"""Notifications rebuilt from the events about how they ended."""

from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeAlias, get_args
from uuid import UUID

from deskstream_contracts import Event, follow_id
from deskstream_contracts.events.notification import (
    NotificationFailed,
    NotificationSent,
    RecipientKind,
)
from deskstream_notify.domain.notification import State

OutcomeEvent: TypeAlias = NotificationSent | NotificationFailed
OUTCOME_EVENTS: tuple[type[OutcomeEvent], ...] = get_args(OutcomeEvent)

# No delivery is repeated, and no event revised, more often.
_INDEX_MAX = 1_000


class RebuiltNotification(NamedTuple):
    """An ended notification, as far as its event describes it."""

    id: UUID
    subject: UUID
    cause_id: UUID
    cause_revision: int
    channel: str
    purpose: str
    recipient_kind: RecipientKind
    recipient: str
    redeliveries: int
    state: State
    attempts: int
    settled_at: datetime
    erased_at: datetime | None
    ambiguous: bool = False
    reason: str | None = None
    detail: str | None = None
    provider_message_id: str | None = None
    failed_at: datetime | None = None


def rebuilt(event: Event[OutcomeEvent], now: datetime) -> RebuiltNotification:
    """The notification whose outcome this event reports; erased now, if the event was revised."""
    data = event.data
    address = f"notification:{data.channel}:{data.recipient}"
    notification = partial(
        RebuiltNotification,
        id=data.notification_id,
        subject=event.subject,
        cause_id=data.cause_id,
        cause_revision=1 + _index_of(data.notification_id, data.cause_id, address),
        channel=data.channel,
        purpose=data.purpose,
        recipient_kind=data.recipient_kind,
        recipient=data.recipient,
        redeliveries=_index_of(event.id, data.notification_id, data.event_type),
        erased_at=now if event.revision > 1 else None,
    )
    match data:
        case NotificationSent():
            return notification(
                state="sent",
                attempts=data.attempt,
                settled_at=data.sent_at,
                provider_message_id=data.provider_message_id,
            )
        case NotificationFailed():
            return notification(
                state="unknown" if data.ambiguous else "failed",
                attempts=data.attempts,
                settled_at=data.failed_at,
                ambiguous=data.ambiguous,
                reason=data.reason,
                detail=data.detail,
                failed_at=data.failed_at,
            )


def _index_of(id_: UUID, cause: UUID, purpose: str) -> int:
    """The index that an id was derived with; 0 if its parts are erased."""
    return next((n for n in range(_INDEX_MAX) if follow_id(cause, purpose, n) == id_), 0)
