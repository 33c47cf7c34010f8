"""When what a fact tells of happened: now, as far as it is no imported past."""

from datetime import datetime
from typing import Any

from deskstream_contracts import Event, EventData
from deskstream_contracts.model import HistoricalData


def is_imported(data: EventData) -> bool:
    """Whether the fact belongs to the past that a ticket was brought in with."""
    return isinstance(data, HistoricalData) and data.imported


def own_time(event: Event[Any]) -> datetime:
    """The time a fact is counted at. One of an imported past is recorded long after it."""
    at: datetime = event.data.occurred_at if is_imported(event.data) else event.time
    return at
