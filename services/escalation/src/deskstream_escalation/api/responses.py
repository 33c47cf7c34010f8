"""Bodies of responses, and how they are filled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from pydantic import BaseModel, Field

from deskstream_contracts.events.sla import SlaClockKind
from deskstream_contracts.events.ticket import Priority
from deskstream_escalation.domain.facts import Facts
from deskstream_escalation.domain.policies import SlaPolicy
from deskstream_escalation.domain.rule import (
    AutoApprove,
    Deescalate,
    Escalate,
    FiredRule,
    Rule,
    RuleBook,
)
from deskstream_escalation.domain.sla_clock import SlaClock

ActionName = Literal["escalate", "deescalate", "auto_approve"]


class ActiveRule(BaseModel):
    """A rule in force. `level` is an expression: a number, or worked out from facts."""

    name: str
    when: str
    because: str
    then: ActionName
    level: str | None = None
    priority: Priority | None = None
    queue: str | None = None


class KnownFact(BaseModel):
    """A word that rules may use."""

    name: str
    meaning: str


class ActiveRules(BaseModel):
    """The rules in force, in the order they are judged, and the facts they may read."""

    version: str
    rules: list[ActiveRule]
    facts: list[KnownFact]


class Targets(BaseModel):
    """How long each clock of a priority may run."""

    priority: Priority
    first_response_s: float
    next_response_s: float
    resolution_s: float


class ActivePolicy(BaseModel):
    """The service levels in force. A warning is due after the share `warn_at` of a target."""

    name: str
    version: str
    warn_at: float
    targets: list[Targets]


class FiringRule(BaseModel):
    """A rule that would fire, and what would follow."""

    rule: str
    then: ActionName
    explanation: str
    level: int | None = None


class Evaluation(BaseModel):
    """Which rules would fire, by the rules of this version."""

    version: str
    fired: list[FiringRule]


class TicketClock(BaseModel):
    """A service-level clock of a ticket, as of now."""

    id: UUID
    clock: SlaClockKind = Field(validation_alias="kind")
    policy: str
    policy_version: str
    priority: Priority
    started_at: datetime
    due_at: datetime
    warned: bool
    breached: bool
    met_at: datetime | None = None


class TicketClocks(BaseModel):
    """A ticket's clocks, the latest first; none when the ticket is not known here (yet)."""

    ticket_id: UUID
    clocks: list[TicketClock]


def active_rules(rules: RuleBook) -> ActiveRules:
    fields = Facts.model_fields.items()
    return ActiveRules(
        version=rules.version,
        rules=[_active_rule(rule) for rule in rules.rules],
        facts=[KnownFact(name=name, meaning=field.description or "") for name, field in fields],
    )


def _active_rule(rule: Rule) -> ActiveRule:
    active = ActiveRule(
        name=rule.name,
        when=rule.when.source.strip(),
        because=rule.because.template,
        then=_action_name(rule),
    )
    if isinstance(rule.then, Escalate):
        active.level = rule.then.level.source
        active.priority = rule.then.priority
        active.queue = rule.then.queue
    return active


def _action_name(rule: Rule) -> ActionName:
    match rule.then:
        case Escalate():
            return "escalate"
        case Deescalate():
            return "deescalate"
        case AutoApprove():
            return "auto_approve"
    assert_never(rule.then)


def active_policy(policy: SlaPolicy) -> ActivePolicy:
    return ActivePolicy(
        name=policy.name,
        version=policy.version,
        warn_at=policy.warn_at,
        targets=[
            Targets(
                priority=priority,
                **{f"{kind}_s": target.total_seconds() for kind, target in targets.items()},
            )
            for priority, targets in policy.targets.items()
        ],
    )


def evaluation(version: str, fired: Sequence[FiredRule]) -> Evaluation:
    return Evaluation(
        version=version,
        fired=[
            FiringRule(
                rule=one.rule.name,
                then=_action_name(one.rule),
                explanation=one.explanation,
                level=one.level or None,
            )
            for one in fired
        ],
    )


def ticket_clocks(ticket_id: UUID, clocks: Sequence[SlaClock]) -> TicketClocks:
    copied = [TicketClock.model_validate(clock, from_attributes=True) for clock in clocks]
    return TicketClocks(ticket_id=ticket_id, clocks=copied)
