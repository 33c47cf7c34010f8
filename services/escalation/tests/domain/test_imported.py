"""An imported past alarms nobody, in whatever order its facts come; what comes after it does."""

from datetime import timedelta
from typing import Any

import pytest
from escalation_histories import asleep, awake
from escalation_story import BEGIN, Desk, Story, of_type
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.reply import ReplyAutoApproved
from deskstream_contracts.events.sla import SlaMet, SlaStarted
from deskstream_contracts.testing import reading_orders
from deskstream_escalation.domain.decide import Policies

LATER = timedelta(days=900)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def desk(policies: Policies, story: Story) -> Desk:
    return Desk.of(policies, story)


def test_the_past_starts_no_clock_and_alarms_nobody(desk: Desk, story: Story) -> None:
    story.priority = "urgent"
    desk.take(*story.brought_in("inbound", "inbound", "inbound", resolved=False))
    desk.take(story.scored("very_negative", imported=True))
    desk.take(story.triaged("legal_threat", "urgent", imported=True))
    desk.take(story.drafted())
    desk.pass_time(story.now + LATER)
    assert desk.announced == []
    assert desk.process.clocks == {}


def test_the_customers_next_message_starts_clocks_from_then_on(desk: Desk, story: Story) -> None:
    desk.take(*story.brought_in("outbound"))
    desk.take(*story.customer_writes())
    (started,) = of_type(desk.take(story.triaged()), SlaStarted)
    assert sorted(clock.clock for clock in started.clocks) == ["next_response", "resolution"]
    assert all(clock.started_at > BEGIN for clock in started.clocks)
    assert desk.said(SlaMet) == []
    met = of_type(desk.take(story.answered(), story.resolved()), SlaMet)
    assert sorted((one.clock, one.in_time) for one in met) == [
        ("next_response", True),
        ("resolution", True),
    ]


def test_rules_apply_from_then_on(desk: Desk, story: Story) -> None:
    desk.take(*story.brought_in(), *story.customer_writes())
    assert desk.said(Escalated) == []
    (escalated,) = of_type(desk.take(story.scored("very_negative")), Escalated)
    assert [hit.rule for hit in escalated.hits] == ["very_negative_sentiment"]


def test_a_sure_draft_to_a_later_message_goes_out(desk: Desk, story: Story) -> None:
    desk.take(*story.brought_in(), *story.customer_writes())
    desk.take(story.scored("neutral", 0.0), story.triaged(), story.drafted())
    assert len(desk.said(ReplyAutoApproved)) == 1


def test_old_scores_that_come_late_escalate_nothing(desk: Desk, story: Story) -> None:
    desk.take(*story.brought_in(), *story.customer_writes())
    desk.take(story.scored("very_negative", imported=True))
    desk.take(story.triaged("safety", "urgent", imported=True))
    assert desk.said(Escalated) == []


def test_a_person_who_asks_is_heard(desk: Desk, story: Story) -> None:
    desk.take(*story.brought_in())
    desk.take(story.escalation_requested(level=2))
    assert [one.level for one in desk.said(Escalated)] == [2]
    assert desk.said(SlaStarted) == []


def test_an_agents_change_wakes_nothing(desk: Desk, story: Story) -> None:
    desk.take(*story.brought_in(resolved=False))
    desk.take(story.updated(priority="urgent"), story.answered(), story.resolved())
    assert desk.announced == []
    desk.take(*story.customer_writes(), story.triaged())
    (started,) = desk.said(SlaStarted)
    assert sorted(clock.clock for clock in started.clocks) == ["next_response", "resolution"]
    assert desk.said(SlaMet) == []
    assert [hit.rule for one in desk.said(Escalated) for hit in one.hits] == ["urgent_priority"]


@settings(max_examples=150, deadline=None)
@given(asleep(), st.data())
def test_asleep_nothing_is_ever_announced(
    policies: Policies, story: Story, data: st.DataObject
) -> None:
    desk = Desk.of(policies, story)
    for event in data.draw(reading_orders(story.events)):
        desk.take(event)
        desk.pass_time(event.time + LATER)
    assert desk.announced == []
    assert desk.process.clocks == {}


@settings(max_examples=150, deadline=None)
@given(awake(), st.data())
def test_awake_clocks_run_and_anger_escalates(
    policies: Policies, told: tuple[Story, Event[Any]], data: st.DataObject
) -> None:
    story, angry = told
    straight, shuffled = Desk.of(policies, story), Desk.of(policies, story)
    straight.take(*story.events)
    shuffled.take(*data.draw(reading_orders(story.events)))
    assert story.history is not None
    resumed_at = story.history.resumed_at
    for desk in (straight, shuffled):
        clocks = desk.process.clocks.values()
        assert {clock.kind for clock in clocks} <= {"next_response", "resolution"}
        (resolution,) = [clock for clock in clocks if clock.kind == "resolution"]
        assert resolution.started_at == resumed_at
        assert all(resumed_at and clock.started_at >= resumed_at for clock in clocks)
    assert _once(straight) == _once(shuffled)
    assert straight.process.state.conversation == shuffled.process.state.conversation
    assert straight.said(Escalated)
    settled_until = shuffled.process.state.settled_until
    is_settled = settled_until is not None and settled_until >= angry.data.occurred_at
    assert shuffled.said(Escalated) or is_settled


def _once(desk: Desk) -> list[object]:
    """How the clock stands that runs once in a ticket's life."""
    return [
        (clock.started_at, clock.met_at)
        for clock in desk.process.clocks.values()
        if clock.kind == "resolution"
    ]


def test_a_gap_in_the_past_waits_for_what_was_accepted_with_it(desk: Desk, story: Story) -> None:
    """However long ago it came about, the missing event is on its way only now."""
    created, _unread, answered = story.brought_in("inbound", "outbound", resolved=False)
    desk.take(created, answered)
    desk.pass_time(BEGIN - timedelta(days=1))
    assert desk.process.state.course.ahead
    desk.pass_time(BEGIN)
    assert desk.process.state.course.ahead == ()
