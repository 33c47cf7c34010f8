"""The time an event is counted at: its own where it belongs to an imported past."""

from datetime import datetime
from typing import Any

from deskstream_contracts import Event, EventData
from deskstream_contracts.model import HistoricalData


def is_imported(data: EventData) -> bool:
    """Whether the event belongs to the past that a ticket was imported with."""
    return isinstance(data, HistoricalData) and data.imported


def own_time(event: Event[Any]) -> datetime:
    """When the event happened. One of an imported past is recorded long after that."""
    at: datetime = event.data.occurred_at if is_imported(event.data) else event.time
    return at
