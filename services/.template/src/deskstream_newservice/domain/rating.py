"""Which rating of a ticket counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Rating:
    """A customer's rating of a ticket, from 1 (bad) to 5 (good)."""

    ticket_id: UUID
    score: int
    rated_at: datetime


def latest(ratings: Iterable[Rating]) -> list[Rating]:
    """The latest of each ticket, in whatever order and however often they come."""
    found: dict[UUID, Rating] = {}
    for rating in ratings:
        known = found.get(rating.ticket_id)
        if known is None or (known.rated_at, known.score) < (rating.rated_at, rating.score):
            found[rating.ticket_id] = rating
    return list(found.values())
