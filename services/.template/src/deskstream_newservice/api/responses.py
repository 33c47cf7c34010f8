"""The bodies of responses."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from deskstream_newservice.domain.rating import Rating


class TicketRating(BaseModel):
    """How a customer rated a ticket, from 1 (bad) to 5 (good)."""

    ticket_id: UUID
    score: Annotated[int, Field(ge=1, le=5)]
    rated_at: datetime


def ticket_rating(rating: Rating) -> TicketRating:
    """The body for a rating."""
    return TicketRating(ticket_id=rating.ticket_id, score=rating.score, rated_at=rating.rated_at)
