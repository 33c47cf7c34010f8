"""One service-level clock: it starts, may be given another target, warns, runs out, is met.

When it is announced is in `promises.py`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deskstream_contracts import follow_id
from deskstream_contracts.events.sla import (
    RunningClock,
    SlaBreached,
    SlaClockKind,
    SlaEvent,
    SlaMet,
    SlaWarned,
)
from deskstream_contracts.events.ticket import Priority
from deskstream_escalation.domain.new_event import NewEvent
from deskstream_escalation.domain.policies import SlaPolicy


@dataclass(frozen=True, slots=True)
class Promise:
    """A clock's end as last announced: for which priority, by which policy, when.

    The event that announced it is unknown (None) where it was version 1 of `sla.started`.
    """

    due_at: datetime
    priority: Priority
    policy: str
    policy_version: str
    announced_at: datetime
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class SlaClock:
    """A clock of a ticket. What is `warned` or `breached` was announced, which happens once.

    `target` is that of `priority`, which the ticket has had since `target_since`. The clock's first
    announcement may wait for the ticket's triage until `promise_by`.
    """

    id: UUID
    ticket_id: UUID
    kind: SlaClockKind
    policy: str
    policy_version: str
    priority: Priority
    started_at: datetime
    target: timedelta
    target_since: datetime
    warn_after: timedelta
    promise_by: datetime
    promise: Promise | None = None
    warned: bool = False
    breached: bool = False
    met_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        return self.started_at + self.target

    @property
    def runs_out_at(self) -> datetime:
        """Its end; or `target_since`, if the end had passed by then."""
        return max(self.due_at, self.target_since)

    @property
    def is_running(self) -> bool:
        """Neither met nor breached yet."""
        return self.met_at is None and not self.breached

    @property
    def next_due_at(self) -> datetime | None:
        """When there will be something to announce, if no event comes before."""
        if not self.is_running:
            return None
        warn_at = max(self.started_at + self.warn_after, self.target_since)
        due_at = self.runs_out_at if self.warned else warn_at
        return min(self.promise_by, due_at) if self.promise is None else due_at


Clocks = dict[UUID, SlaClock]
ClockChange = tuple[SlaClock, list[NewEvent]]


def start(
    ticket_id: UUID,
    kind: SlaClockKind,
    instance: int,
    started_at: datetime,
    priority: Priority,
    policy: SlaPolicy,
    triage_wait: timedelta,
) -> SlaClock:
    """A new clock. `instance` distinguishes the clocks of one kind and ticket."""
    target = policy.targets[priority][kind]
    return SlaClock(
        id=clock_id(ticket_id, kind, instance),
        ticket_id=ticket_id,
        kind=kind,
        policy=policy.name,
        policy_version=policy.version,
        priority=priority,
        started_at=started_at,
        target=target,
        target_since=started_at,
        warn_after=target * policy.warn_at,
        promise_by=started_at + triage_wait,
    )


def clock_id(ticket_id: UUID, kind: SlaClockKind, instance: int) -> UUID:
    """The id of a ticket's clock, the same in whatever order its events are read."""
    return follow_id(ticket_id, f"sla_clock:{kind}", instance)


def retarget(clock: SlaClock, priority: Priority, policy: SlaPolicy, since: datetime) -> SlaClock:
    """The clock under the priority that its ticket has from `since` on.

    It still counts from its start, so it may run out at that moment. A promise for this priority is
    kept, whatever the policy is now; a clock that does not run stays as it was.
    """
    if not clock.is_running or clock.priority == priority:
        return clock
    promise = clock.promise
    if promise is not None and promise.priority == priority:
        name, version = promise.policy, promise.policy_version
        target = promise.due_at - clock.started_at
    else:
        name, version = policy.name, policy.version
        target = policy.targets[priority][clock.kind]
    return replace(
        clock,
        priority=priority,
        target=target,
        target_since=since,
        warn_after=target * policy.warn_at,
        policy=name,
        policy_version=version,
    )


def as_announced(clock: SlaClock, announced: SlaEvent | RunningClock) -> SlaClock:
    """The clock under the policy that it was announced with. Its warning moves with it."""
    policy = (announced.policy, announced.policy_version)
    if policy == (clock.policy, clock.policy_version):
        return clock
    target = timedelta(seconds=announced.target_s)
    return replace(
        clock,
        policy=announced.policy,
        policy_version=announced.policy_version,
        target=target,
        warn_after=target * (clock.warn_after / clock.target),
    )


def tick(clock: SlaClock, now: datetime) -> ClockChange:
    """The warning or the breach that is due by now. A clock found late is not warned of first."""
    if clock.next_due_at is None or now < clock.next_due_at:
        return clock, []
    if now >= clock.runs_out_at:
        return _breach(clock)
    warned = SlaWarned(
        **identity(clock),
        warned_at=now,
        remaining_s=(clock.due_at - now).total_seconds(),
    )
    return replace(clock, warned=True), [NewEvent(follow_id(clock.id, "sla.warned"), warned)]


def run_out(clock: SlaClock, at: datetime) -> ClockChange:
    """The breach, if the clock ran out before `at`. At its very end it is still in time."""
    return _breach(clock) if clock.is_running and at > clock.runs_out_at else (clock, [])


def meet(clock: SlaClock, at: datetime, event_id: UUID) -> ClockChange:
    """The event that the clock waited for came at `at`; if too late, behind the breach."""
    clock, new_events = run_out(clock, at)
    met = SlaMet(
        **identity(clock),
        met_at=at,
        elapsed_s=max((at - clock.started_at).total_seconds(), 0.0),
        in_time=at <= clock.runs_out_at,
        event_id=event_id,
    )
    new_events.append(NewEvent(follow_id(clock.id, "sla.met"), met))
    return replace(clock, met_at=at), new_events


def _breach(clock: SlaClock) -> ClockChange:
    data = SlaBreached(**identity(clock), breached_at=clock.runs_out_at)
    breach = NewEvent(follow_id(clock.id, "sla.breached"), data)
    return replace(clock, warned=True, breached=True), [breach]


def identity(clock: SlaClock) -> dict[str, Any]:
    """The fields of a clock in every event (`SlaEvent`, `RunningClock`)."""
    return {
        "clock_id": clock.id,
        "clock": clock.kind,
        "policy": clock.policy,
        "policy_version": clock.policy_version,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "target_s": clock.target.total_seconds(),
    }
