"""What a provider reports of a message it had accepted."""

from typing import ClassVar, Literal
from uuid import UUID

from deskstream_contracts.model import Code, EventData, Identifier, Instant, ServiceName


class DeliveryUpdated(EventData):
    """A provider reported the outcome of a message it had accepted."""

    event_type: ClassVar[str] = "delivery.updated"
    owner: ClassVar[ServiceName] = "ingest"

    provider: Code
    provider_message_id: Identifier
    status: Literal["queued", "sent", "delivered", "read", "bounced", "failed"]
    occurred_at: Instant
    notification_id: UUID | None = None
    message_id: UUID | None = None
    error_code: Code | None = None
