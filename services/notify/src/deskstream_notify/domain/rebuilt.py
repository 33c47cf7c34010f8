"""How a notification ended, out of the event that told it: for a ledger that is made again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deskstream_contracts import Event, follow_id
from deskstream_contracts.events.notification import (
    NotificationFailed,
    NotificationSent,
    RecipientKind,
)
from deskstream_notify.domain.notification import State

OutcomeEvent = NotificationSent | NotificationFailed

# Nobody asks for a delivery more often, or revises an event more often.
_TIMES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it."""

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
    """A settled row of the ledger, as far as the event tells it."""

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
    end: Outcome


def ended(event: Event[OutcomeEvent]) -> RebuiltNotification:
    """The row after this end."""
    data = event.data
    address = f"notification:{data.channel}:{data.recipient}"
    end = _sent(data) if isinstance(data, NotificationSent) else _failed(data)
    return RebuiltNotification(
        id=data.notification_id,
        subject=event.subject,
        cause_id=data.cause_id,
        cause_revision=1 + _times(data.notification_id, data.cause_id, address),
        channel=data.channel,
        purpose=data.purpose,
        recipient_kind=data.recipient_kind,
        recipient=data.recipient,
        redeliveries=_times(event.id, data.notification_id, data.event_type),
        is_erased=event.revision > 1,
        end=end,
    )


def _sent(data: NotificationSent) -> Outcome:
    return Outcome("sent", data.attempt, data.sent_at, provider_message_id=data.provider_message_id)


def _failed(data: NotificationFailed) -> Outcome:
    return Outcome(
        "unknown" if data.ambiguous else "failed",
        data.attempts,
        data.failed_at,
        ambiguous=data.ambiguous,
        reason=data.reason,
        detail=data.detail,
        failed_at=data.failed_at,
    )


def _times(id_: UUID, cause: UUID, purpose: str) -> int:
    """The index an id was made with; 0 when its parts are erased."""
    return next((n for n in range(_TIMES_MAX) if follow_id(cause, purpose, n) == id_), 0)
