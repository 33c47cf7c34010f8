"""From fired rules to a level."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from escalation_rules import Given, escalating, rule

from deskstream_contracts.events.escalation import Deescalated, Escalated
from deskstream_escalation.domain.escalation import (
    apply_deescalation,
    drop_settled_hits,
    escalate,
)
from deskstream_escalation.domain.new_event import NewEvent
from deskstream_escalation.domain.rule import Escalate, FiredRule, Rule
from deskstream_escalation.domain.ticket_state import (
    Origin,
    Rating,
    Sentiment,
    StandingHit,
    TicketState,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
SCORED, RATED = UUID(int=2), UUID(int=3)
STATE = TicketState(
    UUID(int=1),
    sentiment=Sentiment(Origin(NOON, SCORED), UUID(int=4), "negative", -0.5, 0.9),
    rating=Rating(Origin(LATER, RATED), 1),
)


def fired(each: Rule, level: int = 0) -> FiredRule:
    return FiredRule(each, f"because of {each.name}", level)


def raised(state: TicketState, *rules: FiredRule) -> tuple[TicketState, list[Escalated]]:
    state, new_events = escalate(state, rules, "7", LATER)
    return state, [one.data for one in new_events if isinstance(one.data, Escalated)]


LOW = fired(escalating("low", 1), 1)
HIGH = fired(escalating("high", 3, reads="csat_score"), 3)


def test_the_highest_level_is_announced_with_its_rules_the_highest_first() -> None:
    state, (escalated,) = raised(STATE, LOW, HIGH)
    assert (escalated.level, escalated.rules_version, escalated.occurred_at) == (3, "7", LATER)
    assert [(hit.rule, hit.explanation, hit.event_id) for hit in escalated.hits] == [
        ("high", "because of high", RATED),
        ("low", "because of low", SCORED),
    ]
    assert (state.level, state.escalation_id) == (3, escalated.escalation_id)
    assert [hit.rule for hit in state.hits] == ["high", "low"]


def test_the_highest_rule_that_proposes_a_priority_or_queue_has_its_way() -> None:
    plain = fired(rule(then=Escalate(Given(4), None, None), name="plain"), 4)
    queue = fired(rule(then=Escalate(Given(3), None, "legal"), name="queue"), 3)
    both = fired(rule(then=Escalate(Given(2), "urgent", "cards"), name="both"), 2)
    _, (escalated,) = raised(STATE, both, queue, plain)
    assert (escalated.priority, escalated.queue) == ("urgent", "legal")


def test_a_level_that_was_announced_is_not_announced_again() -> None:
    state, _ = raised(STATE, LOW)
    again, announced = raised(state, LOW)
    assert (again, announced) == (state, [])
    higher, (escalated,) = raised(state, HIGH)
    assert (higher.level, escalated.level) == (3, 3)
    lower, announced = raised(higher, LOW)
    assert (lower.level, announced) == (3, [])


def test_a_rule_that_does_not_escalate_raises_nothing() -> None:
    assert raised(STATE, fired(rule())) == (STATE, [])
    assert raised(STATE) == (STATE, [])


def test_a_fact_up_to_the_settlement_raises_nothing() -> None:
    settled = replace(STATE, settled_until=NOON)
    assert raised(settled, LOW) == (settled, [])
    _, announced = raised(replace(STATE, settled_until=NOON - timedelta(microseconds=1)), LOW)
    assert len(announced) == 1


def test_a_rule_stands_with_its_newest_fact_and_its_highest_level() -> None:
    before = StandingHit("low", 4, NOON - timedelta(days=1), UUID(int=9))
    state, _ = raised(replace(STATE, hits=(before,), level=4), LOW)
    assert state.hits == (StandingHit("low", 4, NOON, SCORED),)
    newer = StandingHit("low", 1, LATER, UUID(int=9))
    state, _ = raised(replace(STATE, hits=(newer,), level=4), LOW)
    assert state.hits == (newer,)


def test_an_escalation_names_up_to_twenty_rules() -> None:
    many = [fired(escalating(f"rule_{number:02}", 1), 1) for number in range(21)]
    state, (escalated,) = raised(STATE, *many)
    assert len(escalated.hits) == 20
    assert len(state.hits) == 21


def test_the_newest_fact_that_a_rule_reads_is_its_reason() -> None:
    both = fired(escalating("both", 1, reads="sentiment csat_score level"), 1)
    _, (escalated,) = raised(STATE, both)
    assert escalated.hits[0].event_id == RATED


def test_a_rule_that_deescalates_settles_what_was_until_its_fact() -> None:
    state, name = apply_deescalation(STATE, [LOW, fired(rule(name="calm"))])
    assert (state.settled_until, name) == (NOON, "calm")
    assert apply_deescalation(STATE, [LOW]) == (STATE, None)


@pytest.mark.parametrize("known", [NOON, LATER])
def test_it_settles_nothing_that_is_settled_already(known: datetime) -> None:
    settled = replace(STATE, settled_until=known)
    assert apply_deescalation(settled, [fired(rule())]) == (settled, None)


def dropped(state: TicketState) -> tuple[TicketState, list[NewEvent]]:
    return drop_settled_hits(state, "calm", LATER)


def test_with_its_last_hit_settled_a_ticket_is_back_at_normal_handling() -> None:
    state, (escalated,) = raised(STATE, LOW)
    after, (new_event,) = dropped(replace(state, settled_until=NOON))
    assert isinstance(new_event.data, Deescalated)
    assert new_event.data.escalation_id == escalated.escalation_id
    assert (new_event.data.reason, new_event.data.occurred_at) == ("calm", LATER)
    assert (after.level, after.escalation_id, after.hits) == (0, None, ())


def test_a_hit_behind_the_settlement_keeps_the_level() -> None:
    state, _ = raised(STATE, LOW, HIGH)
    after, announced = dropped(replace(state, settled_until=NOON))
    assert [hit.rule for hit in after.hits] == ["high"]
    assert (after.level, announced) == (3, [])


def test_without_a_settlement_or_an_escalation_nothing_is_dropped() -> None:
    state, _ = raised(STATE, LOW)
    assert dropped(state) == (state, [])
    bare = replace(STATE, settled_until=NOON)
    assert dropped(bare) == (bare, [])
    unannounced = replace(state, escalation_id=None, settled_until=NOON)
    after, announced = dropped(unannounced)
    assert (after.hits, announced) == ((), [])
