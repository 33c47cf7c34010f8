"""When a ticket's clocks are told, all in one event (docs/decisions/0020-service-level-events.md).

Not before its priority is likely to stay: with its triage, or when that was waited for long enough
(`SlaClock.promise_by`). After that at once, whenever what was told is no longer so. Nothing else
is told of a clock that was not promised.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from deskstream_contracts import follow_id
from deskstream_contracts.events.escalation import RunningClock, SlaStarted
from deskstream_escalation.domain.case import Case
from deskstream_escalation.domain.sla_clock import Clocks, Decision, Promise, SlaClock, identity


def are_to_be_told(case: Case, clocks: Clocks) -> bool:
    """Whether what is known of the ticket is to be told now, and was not."""
    if all(clock.is_promised for clock in clocks.values() if clock.is_running):
        return False
    return case.triage is not None or any(clock.promise for clock in clocks.values())


def have_waited(clocks: Clocks, now: datetime) -> bool:
    """Whether a clock that was never told may wait no longer."""
    return any(
        clock.promise is None and clock.next_due_at is not None and clock.next_due_at <= now
        for clock in clocks.values()
    )


def tell(clocks: Clocks, cause_id: UUID, now: datetime) -> tuple[Clocks, Decision]:
    """Promises the ends of all clocks that run. There must be one.

    `cause_id` is the event that brought it about; of mere waiting, which does so once, the ticket.
    """
    running = sorted((clock for clock in clocks.values() if clock.is_running), key=_age_and_kind)
    data = SlaStarted(
        clocks=tuple(RunningClock(**identity(clock), warned=clock.warned) for clock in running),
        priority=running[0].priority,
    )
    decision = Decision(follow_id(cause_id, "sla.started"), data)
    promised = {
        clock.id: replace(clock, promise=Promise(clock.due_at, now, decision.id))
        for clock in running
    }
    return clocks | promised, decision


def _age_and_kind(clock: SlaClock) -> tuple[datetime, str]:
    return clock.started_at, clock.kind
