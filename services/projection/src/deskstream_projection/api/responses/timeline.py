"""The timeline of a ticket as it is answered."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from deskstream_projection.api.responses.columns import JsonObject


class TimelineEntry(BaseModel):
    """One event of a ticket; `summary` has the small fields of its body."""

    event_id: UUID
    event_type: str
    occurred_at: datetime
    recorded_at: datetime
    sequence: int | None
    actor_kind: str
    actor_id: str | None
    summary: JsonObject


class TimelinePageAnswer(BaseModel):
    """A page of a ticket's events, oldest first."""

    events: list[TimelineEntry]
    next_cursor: str | None
