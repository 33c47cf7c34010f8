"""Which priority presses more."""

from deskstream_contracts.events.ticket import Priority

_ASCENDING: tuple[Priority, ...] = ("low", "normal", "high", "urgent")


def higher(first: Priority | None, second: Priority | None) -> Priority | None:
    """The more pressing of the two; none presses less than any."""
    if first is None or second is None:
        return first or second
    return max(first, second, key=_ASCENDING.index)
