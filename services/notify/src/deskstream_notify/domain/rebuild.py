"""Notifications rebuilt from the events about how they ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, get_args
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a notification ended, and when."""

    state: State
    attempts: int
    settled_at: datetime
    ambiguous: bool = False
    reason: str | None = None
    detail: str | None = None
    provider_message_id: str | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RebuiltNotification:
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
    is_erased: bool
    outcome: Outcome


def rebuilt(event: Event[OutcomeEvent]) -> RebuiltNotification:
    """The notification whose outcome this event reports."""
    data = event.data
    address = f"notification:{data.channel}:{data.recipient}"
    return RebuiltNotification(
        id=data.notification_id,
        subject=event.subject,
        cause_id=data.cause_id,
        cause_revision=1 + _index_of(data.notification_id, data.cause_id, address),
        channel=data.channel,
        purpose=data.purpose,
        recipient_kind=data.recipient_kind,
        recipient=data.recipient,
        redeliveries=_index_of(event.id, data.notification_id, data.event_type),
        is_erased=event.revision > 1,
        outcome=_outcome(data),
    )


def _outcome(data: OutcomeEvent) -> Outcome:
    match data:
        case NotificationSent():
            id_ = data.provider_message_id
            return Outcome("sent", data.attempt, data.sent_at, provider_message_id=id_)
        case NotificationFailed():
            return Outcome(
                "unknown" if data.ambiguous else "failed",
                data.attempts,
                data.failed_at,
                ambiguous=data.ambiguous,
                reason=data.reason,
                detail=data.detail,
                failed_at=data.failed_at,
            )


def _index_of(id_: UUID, cause: UUID, purpose: str) -> int:
    """The index that an id was derived with; 0 if its parts are erased."""
    return next((n for n in range(_INDEX_MAX) if follow_id(cause, purpose, n) == id_), 0)
