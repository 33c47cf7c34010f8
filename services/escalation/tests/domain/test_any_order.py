"""Whatever order events come in, however often, whenever clocks are looked at: the same end."""

from collections import Counter
from datetime import timedelta
from typing import Any

from escalation_histories import LATER, deliveries, stories
from escalation_story import Desk, Story
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_contracts.events.sla import SlaBreached, SlaMet, SlaWarned
from deskstream_escalation.domain.decide import Policies
from deskstream_escalation.domain.facts import Facts, facts_of
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
    straight, shuffled = Desk.of(policies, story), Desk.of(policies, story)
    straight.take(*story.events)
    shuffled.take(*order)
    assert end(shuffled.process.clocks) == end(straight.process.clocks)


@settings(max_examples=120, deadline=None)
@given(deliveries())
def test_facts_end_the_same(policies: Policies, delivery: tuple[Story, list[Event[Any]]]) -> None:
    story, order = delivery
    straight, shuffled = Desk.of(policies, story), Desk.of(policies, story)
    straight.take(*story.events)
    shuffled.take(*order)
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
    desk = Desk.of(policies, story)
    now = story.events[0].time
    for event in order:
        desk.take(event)
        if data.draw(st.booleans()):
            now += timedelta(minutes=data.draw(st.integers(0, 6_000)))
            desk.pass_time(now)
    desk.pass_time(now + LATER)
    assert max(Counter(event.id for event in desk.announced).values(), default=1) == 1
    for event_type in (SlaWarned, SlaBreached, SlaMet):
        said = Counter(body.clock_id for body in desk.said(event_type))
        assert max(said.values(), default=1) == 1
    assert desk.pass_time(now + LATER) == []


@settings(max_examples=100, deadline=None)
@given(stories(), st.lists(st.integers(0, 20_000), max_size=8))
def test_looking_more_often_changes_no_clock(
    policies: Policies, story: Story, looks_min: list[int]
) -> None:
    """Warnings may be passed over when nobody looked; ends and breaches may not."""
    seldom, often = Desk.of(policies, story), Desk.of(policies, story)
    looks = sorted(story.events[0].time + timedelta(minutes=minutes) for minutes in looks_min)
    for event in story.events:
        while looks and looks[0] <= event.time:
            often.pass_time(looks.pop(0))
        often.take(event)
        seldom.take(event)
    for desk in (seldom, often):
        desk.pass_time(story.now + LATER)
    assert end(often.process.clocks) == end(seldom.process.clocks)


@settings(max_examples=100, deadline=None)
@given(stories())
def test_nothing_runs_on_an_answered_ticket(policies: Policies, story: Story) -> None:
    desk = Desk.of(policies, story)
    desk.take(*story.events, story.answered(), story.resolved())
    assert all(clock.met_at is not None for clock in desk.process.clocks.values())
    assert (desk.process.state.level == 0) == (desk.process.state.hits == ())
    assert desk.process.state.level == 0
