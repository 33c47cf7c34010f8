"""How a customer rated the handling of a ticket."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from deskstream_contracts.model import (
    Code,
    EventData,
    Identifier,
    Instant,
    PersonalText,
    ServiceName,
)


class CsatReceived(EventData):
    """A customer rated how a ticket was handled, from 1 (bad) to 5 (good)."""

    event_type: ClassVar[str] = "csat.received"
    owner: ClassVar[ServiceName] = "ingest"

    survey_id: UUID
    score: Annotated[int, Field(ge=1, le=5)]
    channel: Code
    occurred_at: Instant
    comment: PersonalText | None = None
    assignee_id: Identifier | None = None
