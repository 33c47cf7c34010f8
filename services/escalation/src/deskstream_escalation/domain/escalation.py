"""From fired rules to a ticket's level: it rises once per reason, and falls when all is settled."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from deskstream_contracts import follow_id
from deskstream_contracts.events.escalation import Deescalated, Escalated, RuleHit
from deskstream_escalation.domain.new_event import NewEvent
from deskstream_escalation.domain.rule import Deescalate, Escalate, FiredRule, Rule
from deskstream_escalation.domain.ticket_state import Origin, StandingHit, TicketState

_HITS_MAX = 20


def escalate(
    state: TicketState, fired: Iterable[FiredRule], rules_version: str, now: datetime
) -> tuple[TicketState, list[NewEvent]]:
    """Raises the level by the fired rules.

    A rule whose fact is older than the last settlement does not count. A level that was announced
    is not announced again until the ticket has been settled.
    """
    escalating = [one for one in fired if isinstance(one.rule.then, Escalate)]
    if not escalating:
        return state, []
    standing = {hit.rule: hit for hit in state.hits}
    raising: list[tuple[FiredRule, StandingHit]] = []
    for one in escalating:
        reason = _reason(state, one.rule)
        hit = StandingHit(one.rule.name, one.level, reason.at, reason.event_id)
        if state.settled_until is not None and hit.at <= state.settled_until:
            continue
        before = standing.get(hit.rule)
        standing[hit.rule] = hit if before is None else _stronger(before, hit)
        if hit.level > state.level:
            raising.append((one, hit))
    state = replace(state, hits=in_order(standing.values()))
    if not raising:
        return state, []
    raising.sort(key=lambda pair: -pair[1].level)
    return _raise(state, raising, rules_version, now)


def _raise(
    state: TicketState,
    raising: list[tuple[FiredRule, StandingHit]],
    rules_version: str,
    now: datetime,
) -> tuple[TicketState, list[NewEvent]]:
    _, hit = raising[0]
    escalation_id = follow_id(hit.event_id, f"escalation:{hit.rule}", hit.level)
    actions = [one.rule.then for one, _ in raising if isinstance(one.rule.then, Escalate)]
    escalated = Escalated(
        escalation_id=escalation_id,
        level=hit.level,
        hits=tuple(
            RuleHit(rule=one.rule.name, explanation=one.explanation, event_id=behind.event_id)
            for one, behind in raising[:_HITS_MAX]
        ),
        rules_version=rules_version,
        occurred_at=now,
        priority=next((then.priority for then in actions if then.priority), None),
        queue=next((then.queue for then in actions if then.queue), None),
    )
    state = replace(state, level=hit.level, escalation_id=escalation_id)
    return state, [NewEvent(follow_id(escalation_id, "escalated"), escalated)]


def in_order(hits: Iterable[StandingHit]) -> tuple[StandingHit, ...]:
    """Hits as a state holds them: the same in whatever order they came."""
    return tuple(sorted(hits, key=lambda hit: hit.rule))


def apply_deescalation(
    state: TicketState, fired: Iterable[FiredRule]
) -> tuple[TicketState, str | None]:
    """Settles the ticket by the fired rules that deescalate; also the name of the one that did."""
    name: str | None = None
    for one in fired:
        if isinstance(one.rule.then, Deescalate):
            at = _reason(state, one.rule).at
            if state.settled_until is None or at > state.settled_until:
                state, name = replace(state, settled_until=at), one.rule.name
    return state, name


def drop_settled_hits(
    state: TicketState, reason: str, now: datetime
) -> tuple[TicketState, list[NewEvent]]:
    """Drops the settled hits. With none left, an escalated ticket is back at normal handling."""
    if state.settled_until is None or not state.hits:
        return state, []
    hits = tuple(hit for hit in state.hits if hit.at > state.settled_until)
    state = replace(state, hits=hits)
    if hits or state.escalation_id is None:
        return state, []
    deescalated = Deescalated(escalation_id=state.escalation_id, reason=reason, occurred_at=now)
    new_event = NewEvent(follow_id(state.escalation_id, "deescalated"), deescalated)
    return replace(state, level=0, escalation_id=None), [new_event]


def _reason(state: TicketState, rule: Rule) -> Origin:
    """The newest fact that the rule's condition reads.

    The ticket itself counts only where nothing else is known: that it is open, or has a tag, is a
    circumstance of a very negative message, not the reason.
    """
    origins = state.origins
    about = [origins[topic] for topic in rule.topics - {"ticket"} if topic in origins]
    return max(about) if about else origins["ticket"]


def _stronger(before: StandingHit, hit: StandingHit) -> StandingHit:
    newest = max(before, hit, key=lambda each: (each.at, each.event_id))
    return replace(newest, level=max(before.level, hit.level))
