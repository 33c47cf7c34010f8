"""The health of a process: whether it can answer HTTP (ready) and its log moves (working).

The first takes traffic away, the second calls a person: while the broker is away, a process still
accepts tickets and should get them.
"""

from collections.abc import Callable, Mapping, Sequence

from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.observability.since import Since
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.postgres.backlog import Backlog
from deskstream_runtime.work.pool import WorkPool

Reasons = dict[str, str]
"""Problems by part."""

PARTS = ("service", "database", "consumer", "group", "topics", "relay", "own_log", "work")
"""Every part that can have a problem."""


class Health:
    """Asks the parts, and keeps what was last seen in the database."""

    def __init__(
        self,
        infrastructure: Infrastructure,
        consumer: Consumer,
        relay: Relay,
        pools: Sequence[WorkPool],
        own_log: OwnLog | None,
        *,
        is_stopping: Callable[[], bool],
        warnings: Callable[[], Reasons],
    ) -> None:
        self._database = infrastructure.database
        self._consumer = consumer
        self._relay = relay
        self._pools = pools
        self._own_log = own_log
        self._is_stopping = is_stopping
        self._warnings = warnings
        self._standstill_s = infrastructure.settings.standstill_s
        self._unreachable: str | None = None
        self._backlog: Backlog | None = None
        self._first_in_outbox: Since[int] = Since()
        self._first_waits_s = 0.0

    def seen(self, backlog: Backlog, now: float) -> None:
        """The database answered: this is what waits there, at a moment in seconds."""
        self._unreachable = None
        self._backlog = backlog
        first = backlog.outbox.first
        self._first_in_outbox.note([] if first is None else [first], now)
        self._first_waits_s = 0.0 if first is None else self._first_in_outbox.age_s(first, now)

    def unreachable(self, why: str) -> None:
        self._unreachable = why

    def readiness_problems(self) -> Reasons:
        """What keeps the process from answering HTTP; empty when it is ready."""
        if self._database.problem is not None:
            database = self._database.problem
        elif self._unreachable is not None:
            database = f"does not answer ({self._unreachable})"
        else:
            database = None
        return _reasons(
            {
                "service": "is stopping" if self._is_stopping() else None,
                "database": database,
            }
        )

    def problems(self) -> Reasons:
        """What keeps the log from moving, and from being answered; empty when all works."""
        consumer = self._consumer
        return self.readiness_problems() | _reasons(
            {
                "consumer": consumer.state.halted
                or consumer.state.problem
                or consumer.lag.stands_still(self._standstill_s),
                "group": consumer.rejoining,
                "topics": _unread(consumer.missing_topics, consumer.held_topics),
                "relay": self._relay.problem or self._outbox_stands_still(),
                "own_log": self._own_log.behind if self._own_log else None,
                "work": "; ".join(one.problem for one in self._pools if one.problem) or None,
            }
        )

    def warnings(self) -> Reasons:
        """What a person should fix though the work continues."""
        return self._warnings() | _reasons({"parked": self._parked()})

    def _outbox_stands_still(self) -> str | None:
        """Its first row is the same for so long, whichever process relays."""
        if self._backlog is None or self._first_waits_s < self._standstill_s:
            return None
        return (
            f"the outbox stands still: {self._backlog.outbox.number} events wait, "
            f"the first for {self._backlog.outbox.oldest_age_s:.0f} s"
        )

    def _parked(self) -> str | None:
        parked = self._backlog.parked_tickets if self._backlog else None
        if parked is None or not parked.number:
            return None
        return (
            f"tickets that wait for a person: {parked.number}, the first for "
            f"{parked.oldest_age_s:.0f} s. See `desk parked list`"
        )


def _reasons(found: dict[str, str | None]) -> Reasons:
    return {part: why for part, why in found.items() if why is not None}


def _unread(missing: frozenset[str], held: Mapping[str, str]) -> str | None:
    reasons = [held[topic] for topic in sorted(held)]
    if missing:
        reasons.append(
            f"not there and not read: {', '.join(sorted(missing))}. The `topics` command of the "
            "service that owns one creates it; one that is there, this service may not see"
        )
    return "; ".join(reasons) or None
