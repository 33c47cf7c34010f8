"""Generated events for property tests; needs the `testing` extra."""

from deskstream_contracts.testing.strategies import bodies, events

__all__ = ["bodies", "events"]
