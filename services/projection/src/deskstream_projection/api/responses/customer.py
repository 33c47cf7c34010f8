"""A customer as it is answered."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from deskstream_projection.api.responses.columns import CodeList


class CustomerProfile(BaseModel):
    """What is known of a customer, by tickets and by shops and CRMs."""

    id: UUID
    name: str | None
    email: str | None
    phone: str | None
    language: str | None
    customer_since: datetime | None
    order_count: int | None
    total_spent_minor: int | None
    total_spent_currency: str | None
    last_order_at: datetime | None
    tags: CodeList
