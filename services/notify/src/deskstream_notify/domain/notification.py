"""A notification: one event for one recipient over one channel, stored at most once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from deskstream_contracts import Event, EventData, follow_id
from deskstream_contracts.events.notification import RecipientKind
from deskstream_notify.domain.message import Message

Channel = Literal["email", "webhook"]
Purpose = Literal["reply", "alert", "subscription", "subscription_test"]
SkipReason = Literal["erased", "too_old", "unsupported_channel", "no_address", "invalid_address"]

State = Literal["planned", "sending", "sent", "failed", "unknown", "skipped"]
"""planned → sending → sent, failed or unknown (given up, may have arrived); or skipped, never sent.

A failed attempt that will be repeated goes back to planned.
"""


@dataclass(frozen=True, slots=True)
class Notification:
    """Has either a `message`, to be sent at `due_at` (None: at once), or a reason to be skipped."""

    id: UUID
    subject: UUID
    cause_id: UUID
    cause_revision: int
    channel: Channel
    purpose: Purpose
    recipient_kind: RecipientKind
    recipient: str
    planned_at: datetime
    message: Message | None
    skipped: SkipReason | None = None
    due_at: datetime | None = None


def notification_id(event: Event[EventData], channel: Channel, recipient: str) -> UUID:
    """The same event, channel and recipient are the same notification; a revision is another."""
    return follow_id(event.id, f"notification:{channel}:{recipient}", event.revision - 1)


def lane_of(notification: Notification) -> UUID:
    """The id of a lane: a recipient's notifications about one ticket are sent in order."""
    return follow_id(notification.subject, f"lane:{notification.channel}:{notification.recipient}")
