"""Clocks follow a ticket's versions in order, in whatever order its events are read."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from escalation_histories import LATER, asleep, awake, stories
from escalation_story import BEGIN, Decider, Story
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_contracts.events.sla import SlaBreached, SlaMet
from deskstream_contracts.testing import reading_orders
from deskstream_escalation.domain.course import AHEAD_MAX
from deskstream_escalation.domain.policies import Policies

_MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def decider(policies: Policies, story: Story) -> Decider:
    return Decider.of(policies, story)


def test_a_late_answer_read_before_the_resolution_that_came_before_it(
    decider: Decider, story: Story
) -> None:
    created = story.created()
    story.wait(hours=3)
    resolved, reopened = story.resolved(), story.reopened()
    story.wait(hours=9)
    answered = story.answered()
    decider.decide(created, answered, reopened, resolved)
    assert decider.all_of(SlaBreached) == []
    met = {one.clock: one for one in decider.all_of(SlaMet)}
    assert {one.event_id for one in met.values()} == {resolved.id}
    assert all(one.in_time and one.met_at == resolved.time for one in met.values())


def test_a_priority_raised_after_the_answer_and_read_before_it(
    decider: Decider, story: Story
) -> None:
    created = story.created()
    story.wait(hours=3)
    answered = story.answered()
    story.wait(hours=2)
    raised = story.updated(priority="urgent")
    decider.decide(created, raised, answered)
    (met,) = decider.all_of(SlaMet)
    assert (met.in_time, met.due_at) == (True, BEGIN + timedelta(hours=8))
    assert decider.all_of(SlaBreached) == []


def test_a_late_answer_with_nothing_before_it_is_a_breach_at_once(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created())
    story.wait(hours=9)
    answered = story.answered()
    story.updated(priority="urgent")
    decider.decide(story.events[-1], answered)
    assert [one.clock for one in decider.all_of(SlaBreached)] == ["first_response"]
    assert [one.in_time for one in decider.all_of(SlaMet)] == [False]


def test_triage_read_before_the_answer_that_came_before_it_shortens_no_target(
    decider: Decider, story: Story
) -> None:
    created = story.created()
    story.wait(hours=3)
    answered = story.answered()
    triaged, raised = story.triaged("refund", "high"), story.updated(priority="high")
    decider.decide(created, triaged)
    decider.advance_clocks(answered.time - _MICROSECOND)
    decider.decide(raised, answered)
    decider.advance_clocks(story.now)
    assert decider.all_of(SlaBreached) == []
    (met,) = decider.all_of(SlaMet)
    assert (met.in_time, met.due_at) == (True, BEGIN + timedelta(hours=8))


def test_a_priority_read_ahead_of_its_time_holds_from_its_time_on(
    decider: Decider, story: Story
) -> None:
    created = story.created()
    story.wait(hours=3)
    raised = story.updated(priority="high")
    decider.decide(created, raised)
    decider.advance_clocks(raised.time - _MICROSECOND)
    assert decider.all_of(SlaBreached) == []
    decider.advance_clocks(raised.time)
    (breached,) = decider.all_of(SlaBreached)
    assert (breached.due_at, breached.breached_at) == (BEGIN + timedelta(hours=2), raised.time)


def test_a_priority_lowered_after_the_end_takes_no_breach_back(
    decider: Decider, story: Story
) -> None:
    """Though the clock was not checked before: the priority until then is known."""
    decider.decide(story.created())
    story.wait(hours=9)
    decider.decide(story.updated(priority="low"))
    (breached,) = decider.all_of(SlaBreached)
    assert breached.breached_at == BEGIN + timedelta(hours=8)
    decider.decide(story.answered())
    assert [one.in_time for one in decider.all_of(SlaMet)] == [False]


def test_a_priority_lowered_before_the_end_gives_more_time(decider: Decider, story: Story) -> None:
    decider.decide(story.created())
    story.wait(hours=7)
    decider.decide(story.updated(priority="low"))
    story.wait(hours=7)
    decider.decide(story.answered())
    assert decider.all_of(SlaBreached) == []
    assert [one.in_time for one in decider.all_of(SlaMet)] == [True]


def test_each_step_is_announced_as_if_it_came_in_order(policies: Policies, story: Story) -> None:
    """Under the same ids, and as brought about by its own event."""
    created = story.created()
    others = [story.answered(), story.message(), story.updated(priority="high"), story.resolved()]
    straight, turned = Decider.of(policies, story), Decider.of(policies, story)
    straight.decide(created, *others)
    assert turned.decide(*reversed(others)) == []
    turned.decide(created)
    assert [(one.id, one.causation_id, one.data) for one in turned.announced] == [
        (one.id, one.causation_id, one.data) for one in straight.announced
    ]


def test_what_is_ahead_of_a_missing_version_waits_until_all_before_it_is_known(
    decider: Decider, story: Story
) -> None:
    created, _dead_lettered, answered = story.created(), story.message("note"), story.answered()
    assert decider.decide(created, answered) == []
    assert decider.process.state.course.gap_closes_at == answered.time
    decider.advance_clocks(answered.time - _MICROSECOND)
    assert decider.all_of(SlaMet) == []
    decider.advance_clocks(answered.time)
    (met,) = decider.all_of(SlaMet)
    assert (met.in_time, met.event_id) == (True, answered.id)
    assert decider.process.state.course.gap_closes_at is None


def test_a_version_that_comes_after_all_is_merged(decider: Decider, story: Story) -> None:
    created, resolved, answered = story.created(), story.resolved(), story.answered()
    decider.decide(created, answered)
    decider.advance_clocks(answered.time)
    assert [one.clock for one in decider.all_of(SlaMet)] == ["first_response"]
    decider.decide(resolved, resolved)
    assert [one.clock for one in decider.all_of(SlaMet)] == ["first_response", "resolution"]
    assert decider.process.state.course.ahead == ()


def test_a_step_read_again_changes_nothing(decider: Decider, story: Story) -> None:
    created, _missing, answered = story.created(), story.message("note"), story.answered()
    decider.decide(created, answered)
    before = decider.process
    assert decider.decide(answered, created) == []
    assert decider.process is before


def test_more_steps_than_are_kept_are_taken_over_the_gap(decider: Decider, story: Story) -> None:
    created = story.created()
    notes = [story.message("note") for _ in range(AHEAD_MAX + 1)]
    decider.decide(*notes[:-1])
    assert decider.process.state.course.version == 0
    decider.decide(notes[-1])
    assert decider.process.state.course.version == notes[-1].sequence
    decider.decide(created)
    assert len(decider.process.clocks) == 2


def ends(decider: Decider) -> dict[UUID, Any]:
    """The announced ends of clocks, by the events' ids."""
    ended = (event for event in decider.announced if isinstance(event.data, SlaBreached | SlaMet))
    return {event.id: event.data for event in ended}


def read_with_checks(decider: Decider, order: Sequence[Event[Any]], data: st.DataObject) -> None:
    """Now and then time passes, never up to an unread event of the ticket itself.

    Triage has another writer: no watermark says up to when it is known.
    """
    unread = {event.id: event.time for event in order if event.sequence is not None}
    for event in order:
        decider.decide(event)
        unread.pop(event.id, None)
        if data.draw(st.booleans()):
            share = data.draw(st.floats(0.0, 1.0))
            known = min(unread.values(), default=event.time) - _MICROSECOND
            decider.advance_clocks(max(BEGIN, BEGIN + share * (known - BEGIN)))
    decider.advance_clocks(max(event.time for event in order) + LATER)


@settings(max_examples=300, deadline=None)
@given(stories() | asleep() | awake().map(lambda life: life[0]), st.data())
def test_in_any_order_clocks_end_as_in_the_order_of_time(
    policies: Policies, story: Story, data: st.DataObject
) -> None:
    """Each breach and each clock met, under the same ids and with the same words, and no other.

    In the order of time they are checked before each event.
    """
    in_time, shuffled = Decider.of(policies, story), Decider.of(policies, story)
    for event in story.events:
        in_time.advance_clocks(event.time - _MICROSECOND)
        in_time.decide(event)
    in_time.advance_clocks(story.now + LATER)
    read_with_checks(shuffled, data.draw(reading_orders(story.events)), data)
    assert ends(shuffled) == ends(in_time)


@settings(max_examples=100, deadline=None)
@given(stories())
def test_a_clock_that_ran_out_was_not_met_in_time(policies: Policies, story: Story) -> None:
    decider = Decider.of(policies, story)
    for event in story.events:
        decider.advance_clocks(event.time - _MICROSECOND)
        decider.decide(event)
    decider.advance_clocks(story.now + LATER)
    breached = {one.clock_id for one in decider.all_of(SlaBreached)}
    assert breached.isdisjoint(one.clock_id for one in decider.all_of(SlaMet) if one.in_time)
    assert breached.issuperset(one.clock_id for one in decider.all_of(SlaMet) if not one.in_time)
