"""How priorities compare, and which one a ticket has before anybody chose.

Known to all because two services work out the same priority: `ingest` decides it, `escalation`
promises by it before `ingest` has spoken (docs/decisions/0020-service-level-events.md).
"""

from deskstream_contracts.events.ticket import Priority

DEFAULT_PRIORITY: Priority = "normal"
"""Of a ticket that was accepted without one. Nobody chose it, so triage may lower it, too."""

_ASCENDING: tuple[Priority, ...] = ("low", "normal", "high", "urgent")


def higher(first: Priority | None, second: Priority | None) -> Priority | None:
    """The more pressing of the two; none presses less than any."""
    if first is None or second is None:
        return first or second
    return max(first, second, key=_ASCENDING.index)
