"""In any order of events, with any repetition, and whenever clocks are checked: the same end."""

from collections import Counter
from datetime import timedelta
from typing import Any

from escalation_histories import LATER, deliveries, stories
from escalation_story import Decider, Story
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_contracts.events.sla import SlaBreached, SlaMet, SlaWarned
from deskstream_escalation.domain.facts import Facts, facts_of
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.sla_clock import SlaClock


def end(clocks: dict[Any, SlaClock]) -> dict[Any, object]:
    """What must be the same: of clocks that run once in a ticket's life, and of those running.

    A clock that was met keeps the target of the priority that was known then.
    """
    return {
        key: (clock.started_at, clock.met_at, clock.due_at if clock.met_at is None else None)
        for key, clock in clocks.items()
        if clock.kind != "next_response" or clock.met_at is None
    }


@settings(max_examples=120, deadline=None)
@given(deliveries())
def test_clocks_end_the_same(policies: Policies, delivery: tuple[Story, list[Event[Any]]]) -> None:
    story, order = delivery
    straight, shuffled = Decider.of(policies, story), Decider.of(policies, story)
    straight.decide(*story.events)
    shuffled.decide(*order)
    assert end(shuffled.process.clocks) == end(straight.process.clocks)


@settings(max_examples=120, deadline=None)
@given(deliveries())
def test_facts_end_the_same(policies: Policies, delivery: tuple[Story, list[Event[Any]]]) -> None:
    story, order = delivery
    straight, shuffled = Decider.of(policies, story), Decider.of(policies, story)
    straight.decide(*story.events)
    shuffled.decide(*order)
    for name in ("snapshot", "conversation", "sentiment", "triage", "request", "rating"):
        assert getattr(shuffled.process.state, name) == getattr(straight.process.state, name), name
    assert Facts.model_validate(facts_of(shuffled.process.state)), "facts of another type or bound"
    assert shuffled.process.state.settled_until == straight.process.state.settled_until


@settings(max_examples=120, deadline=None)
@given(deliveries(), st.data())
def test_each_announcement_is_made_once(
    policies: Policies, delivery: tuple[Story, list[Event[Any]]], data: st.DataObject
) -> None:
    story, order = delivery
    decider = Decider.of(policies, story)
    now = story.events[0].time
    for event in order:
        decider.decide(event)
        if data.draw(st.booleans()):
            now += timedelta(minutes=data.draw(st.integers(0, 6_000)))
            decider.advance_clocks(now)
    decider.advance_clocks(now + LATER)
    assert max(Counter(event.id for event in decider.announced).values(), default=1) == 1
    for event_type in (SlaWarned, SlaBreached, SlaMet):
        per_clock = Counter(body.clock_id for body in decider.all_of(event_type))
        assert max(per_clock.values(), default=1) == 1
    assert decider.advance_clocks(now + LATER) == []


@settings(max_examples=100, deadline=None)
@given(stories(), st.lists(st.integers(0, 20_000), max_size=8))
def test_checking_more_often_changes_no_clock(
    policies: Policies, story: Story, checks_min: list[int]
) -> None:
    """Warnings may be left out where clocks were not checked; ends and breaches may not."""
    seldom, often = Decider.of(policies, story), Decider.of(policies, story)
    checks = sorted(story.events[0].time + timedelta(minutes=minutes) for minutes in checks_min)
    for event in story.events:
        while checks and checks[0] <= event.time:
            often.advance_clocks(checks.pop(0))
        often.decide(event)
        seldom.decide(event)
    for decider in (seldom, often):
        decider.advance_clocks(story.now + LATER)
    assert end(often.process.clocks) == end(seldom.process.clocks)


@settings(max_examples=100, deadline=None)
@given(stories())
def test_nothing_runs_on_an_answered_ticket(policies: Policies, story: Story) -> None:
    decider = Decider.of(policies, story)
    decider.decide(*story.events, story.answered(), story.resolved())
    assert all(clock.met_at is not None for clock in decider.process.clocks.values())
    assert (decider.process.state.level == 0) == (decider.process.state.hits == ())
    assert decider.process.state.level == 0
