"""How soon a ticket must be answered and resolved, by priority."""

from dataclasses import dataclass
from datetime import timedelta

from deskstream_contracts.events.sla import SlaClockKind
from deskstream_contracts.events.ticket import Priority


@dataclass(frozen=True)
class SlaPolicy:
    """The targets in force. `version` is the hash of the file they came from.

    `warn_at` is the share of a target, between 0 and 1, after which a warning is due.
    """

    name: str
    version: str
    warn_at: float
    targets: dict[Priority, dict[SlaClockKind, timedelta]]
