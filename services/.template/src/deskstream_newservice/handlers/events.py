"""Ratings are kept as they arrive."""

from collections.abc import Sequence

from deskstream_contracts import Event
from deskstream_contracts.events.csat import CsatReceived
from deskstream_newservice.adapters import rating_repository
from deskstream_newservice.domain.rating import Rating, latest
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction


class EventHandlers:
    """Handles batches of events, in the transaction that moves their positions."""

    async def keep_ratings(self, tx: Transaction, events: Sequence[Event[CsatReceived]]) -> Effects:
        """Stores the latest rating of each ticket."""
        ratings = [
            Rating(event.subject, event.data.score, event.data.occurred_at) for event in events
        ]
        await rating_repository.save(tx, latest(ratings))
        return NO_EFFECTS
