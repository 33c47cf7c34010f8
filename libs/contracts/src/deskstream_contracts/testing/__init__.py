"""Generated events for property tests; needs the `testing` extra."""

from deskstream_contracts.testing.reading_orders import reading_orders
from deskstream_contracts.testing.strategies import bodies, events

__all__ = ["bodies", "events", "reading_orders"]
