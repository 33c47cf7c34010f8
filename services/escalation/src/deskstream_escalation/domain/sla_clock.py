"""One service-level clock: it starts, may be given another target, warns, runs out, is met."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from deskstream_contracts import EventData, follow_id
from deskstream_contracts.events.escalation import (
    Clock,
    SlaBreached,
    SlaMet,
    SlaStarted,
    SlaWarned,
)
from deskstream_contracts.events.ticket import Priority
from deskstream_escalation.domain.policy import SlaPolicy


class Decision(NamedTuple):
    """Something decided, with the id its event has at any retry."""

    id: UUID
    data: EventData


@dataclass(frozen=True, slots=True)
class SlaClock:
    """A clock of a ticket. `warned` and `breached` tell what was announced, which happens once."""

    id: UUID
    ticket_id: UUID
    kind: Clock
    policy: str
    policy_version: str
    priority: Priority
    started_at: datetime
    target: timedelta
    warn_after: timedelta
    warned: bool = False
    breached: bool = False
    met_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        return self.started_at + self.target

    @property
    def next_due_at(self) -> datetime | None:
        """When there will be something to announce, if nothing happens before."""
        if self.met_at is not None or self.breached:
            return None
        return self.due_at if self.warned else self.started_at + self.warn_after


Change = tuple[SlaClock, list[Decision]]


def start(
    ticket_id: UUID,
    kind: Clock,
    instance: int,
    started_at: datetime,
    priority: Priority,
    policy: SlaPolicy,
) -> Change:
    """A new clock. `instance` tells the clocks of one kind and ticket apart."""
    target = policy.targets[priority][kind]
    clock = SlaClock(
        id=clock_id(ticket_id, kind, instance),
        ticket_id=ticket_id,
        kind=kind,
        policy=policy.name,
        policy_version=policy.version,
        priority=priority,
        started_at=started_at,
        target=target,
        warn_after=target * policy.warn_at,
    )
    return clock, [Decision(started_event_id(clock), SlaStarted(**_identity(clock)))]


def started_event_id(clock: SlaClock) -> UUID:
    """The event that announced this clock first: the cause of what time alone brings about."""
    return follow_id(clock.id, "sla.started")


def clock_id(ticket_id: UUID, kind: Clock, instance: int) -> UUID:
    """The id of a ticket's clock, the same whenever and wherever it is worked out."""
    return follow_id(ticket_id, f"sla_clock:{kind}", instance)


def retarget(clock: SlaClock, priority: Priority, version: int, policy: SlaPolicy) -> Change:
    """The clock under another priority, set at ticket `version`.

    It still counts from its start, so it may be due at once. Another `sla.started` of the same
    clock tells the new end. What was announced is not announced again.
    """
    if clock.met_at is not None or clock.priority == priority:
        return clock, []
    target = policy.targets[priority][clock.kind]
    clock = replace(
        clock,
        priority=priority,
        target=target,
        warn_after=target * policy.warn_at,
        policy=policy.name,
        policy_version=policy.version,
    )
    event_id = follow_id(clock.id, "sla.started", version)
    return clock, [Decision(event_id, SlaStarted(**_identity(clock)))]


def told_again(clock: SlaClock, told: SlaStarted) -> SlaClock:
    """The clock as it was told, by a policy that may be another now. Its warning moves with it."""
    target = timedelta(seconds=told.target_s)
    if (told.policy, told.policy_version, target) == (
        clock.policy,
        clock.policy_version,
        clock.target,
    ):
        return clock
    return replace(
        clock,
        policy=told.policy,
        policy_version=told.policy_version,
        target=target,
        warn_after=target * (clock.warn_after / clock.target),
    )


def tick(clock: SlaClock, now: datetime) -> Change:
    """What is due by now: a warning, or the breach. A clock found late is not warned of first."""
    if clock.next_due_at is None or now < clock.next_due_at:
        return clock, []
    if now >= clock.due_at:
        return _breach(clock)
    warned = SlaWarned(
        **_identity(clock),
        warned_at=now,
        remaining_s=(clock.due_at - now).total_seconds(),
    )
    return replace(clock, warned=True), [Decision(follow_id(clock.id, "sla.warned"), warned)]


def meet(clock: SlaClock, at: datetime, event_id: UUID) -> Change:
    """What the clock waited for came at `at`. If too late, the breach is announced first."""
    if clock.met_at is not None:
        return clock, []
    decisions: list[Decision] = []
    in_time = at <= clock.due_at
    if not in_time and not clock.breached:
        clock, decisions = _breach(clock)
    met = SlaMet(
        **_identity(clock),
        met_at=at,
        elapsed_s=max((at - clock.started_at).total_seconds(), 0.0),
        in_time=in_time,
        event_id=event_id,
    )
    decisions.append(Decision(follow_id(clock.id, "sla.met"), met))
    return replace(clock, met_at=at), decisions


def _breach(clock: SlaClock) -> Change:
    data = SlaBreached(**_identity(clock), breached_at=clock.due_at)
    decision = Decision(follow_id(clock.id, "sla.breached"), data)
    return replace(clock, warned=True, breached=True), [decision]


def _identity(clock: SlaClock) -> dict[str, Any]:
    """The fields that all four events of a clock share (`SlaEvent`)."""
    return {
        "clock_id": clock.id,
        "clock": clock.kind,
        "policy": clock.policy,
        "policy_version": clock.policy_version,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "target_s": clock.target.total_seconds(),
    }
