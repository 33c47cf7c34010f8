"""What decisions follow: the rules, and how soon a ticket must be answered and resolved."""

from dataclasses import dataclass
from datetime import timedelta

from deskstream_contracts.events.sla import SlaClockKind
from deskstream_contracts.events.ticket import Priority
from deskstream_escalation.domain.rule import RuleBook


@dataclass(frozen=True)
class SlaPolicy:
    """The targets in force. `version` is the hash of the file they came from.

    `warn_at` is the share of a target, between 0 and 1, after which a warning is due.
    """

    name: str
    version: str
    warn_at: float
    targets: dict[Priority, dict[SlaClockKind, timedelta]]


@dataclass(frozen=True)
class Policies:
    """The rules and service levels in force.

    `triage_wait` is how long a new ticket's clocks wait for its triage before they are announced.
    """

    rules: RuleBook
    sla: SlaPolicy
    triage_wait: timedelta
