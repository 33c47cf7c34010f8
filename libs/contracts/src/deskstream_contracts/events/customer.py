"""What customers and providers told us beside the ticket's own messages."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from deskstream_contracts.events.ticket import Actor
from deskstream_contracts.model import (
    INTEGER_MAX,
    Code,
    Count,
    EventData,
    Identifier,
    Instant,
    Language,
    Part,
    Personal,
    PersonalLine,
    PersonalText,
    Service,
    Tags,
)


class Money(Part):
    """An amount in minor units of an ISO 4217 currency (1999 USD is 19.99 dollars)."""

    amount_minor: Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CustomerEnriched(EventData):
    """A shop or CRM told more about a customer. Subject: the customer's id."""

    event_type: ClassVar[str] = "customer.enriched"
    owner: ClassVar[Service] = "ingest"

    customer_id: UUID
    provider: Code
    observed_at: Instant
    external_id: Annotated[Identifier | None, Personal()] = None
    name: PersonalLine | None = None
    email: PersonalLine | None = None
    phone: PersonalLine | None = None
    language: Language | None = None
    customer_since: Instant | None = None
    order_count: Count | None = None
    total_spent: Money | None = None
    last_order_at: Instant | None = None
    tags: Tags = ()
    attributes: Annotated[dict[Code, PersonalLine], Personal(), Field(max_length=50)] = {}  # noqa: RUF012 (pydantic copies it)


class CsatReceived(EventData):
    """A customer rated how a ticket was handled, from 1 (bad) to 5 (good)."""

    event_type: ClassVar[str] = "csat.received"
    owner: ClassVar[Service] = "ingest"

    survey_id: UUID
    score: Annotated[int, Field(ge=1, le=5)]
    channel: Code
    occurred_at: Instant
    comment: PersonalText | None = None
    assignee_id: Identifier | None = None


class EscalationRequested(EventData):
    """Someone asked that a ticket be looked at by a higher level; `escalation` decides."""

    event_type: ClassVar[str] = "escalation.requested"
    owner: ClassVar[Service] = "ingest"

    request_id: UUID
    actor: Actor
    occurred_at: Instant
    reason: Code
    note: PersonalText | None = None
    level: Annotated[int | None, Field(ge=1, le=5)] = None


class DeliveryUpdated(EventData):
    """A provider reported what became of a message it had accepted."""

    event_type: ClassVar[str] = "delivery.updated"
    owner: ClassVar[Service] = "ingest"

    provider: Code
    provider_message_id: Identifier
    status: Literal["queued", "sent", "delivered", "read", "bounced", "failed"]
    occurred_at: Instant
    notification_id: UUID | None = None
    message_id: UUID | None = None
    error_code: Code | None = None
