"""How a message or an alert reached a person or a system, or failed to."""

from typing import ClassVar, Literal
from uuid import UUID

from deskstream_contracts.model import (
    Code,
    EventData,
    Identifier,
    Instant,
    PersonalLine,
    Positive,
    ServiceName,
)

RecipientKind = Literal["customer", "agent", "system"]


class NotificationSent(EventData):
    """A provider accepted a notification. `cause_id` is the event it is about."""

    event_type: ClassVar[str] = "notification.sent"
    owner: ClassVar[ServiceName] = "notify"

    notification_id: UUID
    channel: Code
    purpose: Code
    recipient_kind: RecipientKind
    recipient: PersonalLine
    provider: Code
    attempt: Positive
    sent_at: Instant
    cause_id: UUID
    provider_message_id: Identifier | None = None


class NotificationFailed(EventData):
    """A notification was given up. `ambiguous` means the provider may have sent it all the same.

    The detail is personal: providers like to quote the address they refused.
    """

    event_type: ClassVar[str] = "notification.failed"
    owner: ClassVar[ServiceName] = "notify"

    notification_id: UUID
    channel: Code
    purpose: Code
    recipient_kind: RecipientKind
    recipient: PersonalLine
    provider: Code
    attempts: Positive
    failed_at: Instant
    cause_id: UUID
    reason: Code
    ambiguous: bool = False
    detail: PersonalLine | None = None
