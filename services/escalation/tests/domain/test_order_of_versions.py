"""Clocks are wound in the order of a ticket's versions, in whatever order its events are read."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from escalation_histories import LATER, orders, stories
from escalation_story import BEGIN, Desk, Story
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_contracts.events.escalation import SlaBreached, SlaMet
from deskstream_escalation.domain.course import AHEAD_MAX
from deskstream_escalation.domain.decide import Guidance

_MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def desk(guidance: Guidance, story: Story) -> Desk:
    return Desk.of(guidance, story)


def test_a_late_answer_read_before_the_resolution_that_came_before_it(
    desk: Desk, story: Story
) -> None:
    created = story.created()
    story.wait(hours=3)
    resolved, reopened = story.resolved(), story.reopened()
    story.wait(hours=9)
    answered = story.answered()
    desk.take(created, answered, reopened, resolved)
    assert desk.said(SlaBreached) == []
    met = {one.clock: one for one in desk.said(SlaMet)}
    assert {one.event_id for one in met.values()} == {resolved.id}
    assert all(one.in_time and one.met_at == resolved.time for one in met.values())


def test_a_priority_raised_after_the_answer_and_read_before_it(desk: Desk, story: Story) -> None:
    created = story.created()
    story.wait(hours=3)
    answered = story.answered()
    story.wait(hours=2)
    raised = story.updated(priority="urgent")
    desk.take(created, raised, answered)
    (met,) = desk.said(SlaMet)
    assert (met.in_time, met.due_at) == (True, BEGIN + timedelta(hours=8))
    assert desk.said(SlaBreached) == []


def test_a_late_answer_with_nothing_before_it_is_a_breach_at_once(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    story.wait(hours=9)
    answered = story.answered()
    story.updated(priority="urgent")
    desk.take(story.events[-1], answered)
    assert [one.clock for one in desk.said(SlaBreached)] == ["first_response"]
    assert [one.in_time for one in desk.said(SlaMet)] == [False]


def test_each_step_is_told_as_if_it_came_in_order(guidance: Guidance, story: Story) -> None:
    """Under the same ids, and as brought about by its own event."""
    created = story.created()
    others = [story.answered(), story.message(), story.updated(priority="high"), story.resolved()]
    straight, turned = Desk.of(guidance, story), Desk.of(guidance, story)
    straight.take(created, *others)
    assert turned.take(*reversed(others)) == []
    turned.take(created)
    assert [(one.id, one.causation_id, one.data) for one in turned.announced] == [
        (one.id, one.causation_id, one.data) for one in straight.announced
    ]


def test_what_is_ahead_of_a_missing_version_waits_until_all_before_it_is_known(
    desk: Desk, story: Story
) -> None:
    created, _dead_lettered, answered = story.created(), story.message("note"), story.answered()
    assert desk.take(created, answered) == []
    assert desk.state.case.course.gap_closes_at == answered.time
    desk.pass_time(answered.time - _MICROSECOND)
    assert desk.said(SlaMet) == []
    desk.pass_time(answered.time)
    (met,) = desk.said(SlaMet)
    assert (met.in_time, met.event_id) == (True, answered.id)
    assert desk.state.case.course.gap_closes_at is None


def test_a_version_that_comes_after_all_is_merged(desk: Desk, story: Story) -> None:
    created, resolved, answered = story.created(), story.resolved(), story.answered()
    desk.take(created, answered)
    desk.pass_time(answered.time)
    assert [one.clock for one in desk.said(SlaMet)] == ["first_response"]
    desk.take(resolved, resolved)
    assert [one.clock for one in desk.said(SlaMet)] == ["first_response", "resolution"]
    assert desk.state.case.course.ahead == ()


def test_a_step_read_again_changes_nothing(desk: Desk, story: Story) -> None:
    created, _missing, answered = story.created(), story.message("note"), story.answered()
    desk.take(created, answered)
    before = desk.state
    assert desk.take(answered, created) == []
    assert desk.state is before


def test_more_steps_than_are_kept_are_taken_over_the_gap(desk: Desk, story: Story) -> None:
    created = story.created()
    notes = [story.message("note") for _ in range(AHEAD_MAX + 1)]
    desk.take(*notes[:-1])
    assert desk.state.case.course.version == 0
    desk.take(notes[-1])
    assert desk.state.case.course.version == notes[-1].sequence
    desk.take(created)
    assert len(desk.state.clocks) == 2


def met(desk: Desk) -> dict[UUID, Any]:
    return {one.clock_id: one for one in desk.said(SlaMet)}


def breached(desk: Desk) -> set[UUID]:
    return {one.clock_id for one in desk.said(SlaBreached)}


def read_with_looks(desk: Desk, order: Sequence[Event[Any]], data: st.DataObject) -> None:
    """Now and then time passes, never up to an event that is unread."""
    unread = {event.id: event.time for event in order}
    for event in order:
        desk.take(event)
        unread.pop(event.id, None)
        if data.draw(st.booleans()):
            share = data.draw(st.floats(0.0, 1.0))
            known = min(unread.values(), default=event.time) - _MICROSECOND
            desk.pass_time(max(BEGIN, BEGIN + share * (known - BEGIN)))
    desk.pass_time(max(event.time for event in order) + LATER)


@settings(max_examples=200, deadline=None)
@given(stories(), st.data())
def test_in_any_order_each_clock_is_met_by_the_same_event_and_as_much_in_time(
    guidance: Guidance, story: Story, data: st.DataObject
) -> None:
    """Whatever is read of triage and when: what the ticket's own events say decides."""
    straight, shuffled = Desk.of(guidance, story), Desk.of(guidance, story)
    straight.take(*story.events)
    read_with_looks(shuffled, data.draw(orders(story.events)), data)
    assert met(shuffled) == met(straight)


@settings(max_examples=200, deadline=None)
@given(stories(), st.data())
def test_in_any_order_no_breach_is_told_that_is_none_and_none_is_left_out(
    guidance: Guidance, story: Story, data: st.DataObject
) -> None:
    """Of all looks some find what others do not: a priority may be lowered after the end."""
    events = [event for event in story.events if event.sequence is not None]
    shuffled, seldom, often = (Desk.of(guidance, story) for _ in range(3))
    read_with_looks(shuffled, data.draw(orders(events)), data)
    seldom.take(*events)
    for event in events:
        often.pass_time(event.time - _MICROSECOND)
        often.take(event)
    for desk in (seldom, often):
        desk.pass_time(events[-1].time + LATER)
    assert breached(seldom) <= breached(shuffled) <= breached(often)
