"""What a shop or CRM knows about a customer."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

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
    ServiceName,
    Tags,
)


class Money(Part):
    """An amount in minor units of an ISO 4217 currency (1999 USD is 19.99 dollars)."""

    amount_minor: Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CustomerEnriched(EventData):
    """A shop or CRM reported more about a customer. Subject: the customer's id."""

    event_type: ClassVar[str] = "customer.enriched"
    owner: ClassVar[ServiceName] = "ingest"

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
