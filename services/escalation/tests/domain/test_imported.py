"""An imported past alarms nobody, in whatever order its facts come; what comes after it does."""

from datetime import timedelta
from typing import Any

import pytest
from escalation_histories import asleep, awake
from escalation_story import BEGIN, Decider, Story, of_type
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.reply import ReplyAutoApproved
from deskstream_contracts.events.sla import SlaMet, SlaStarted
from deskstream_contracts.testing import reading_orders
from deskstream_escalation.domain.policies import Policies

LATER = timedelta(days=900)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def decider(policies: Policies, story: Story) -> Decider:
    return Decider.of(policies, story)


def test_the_past_starts_no_clock_and_alarms_nobody(decider: Decider, story: Story) -> None:
    story.priority = "urgent"
    decider.decide(*story.brought_in("inbound", "inbound", "inbound", resolved=False))
    decider.decide(story.scored("very_negative", imported=True))
    decider.decide(story.triaged("legal_threat", "urgent", imported=True))
    decider.decide(story.drafted())
    decider.advance_clocks(story.now + LATER)
    assert decider.announced == []
    assert decider.process.clocks == {}


def test_the_customers_next_message_starts_clocks_from_then_on(
    decider: Decider, story: Story
) -> None:
    decider.decide(*story.brought_in("outbound"))
    decider.decide(*story.customer_writes())
    (started,) = of_type(decider.decide(story.triaged()), SlaStarted)
    assert sorted(clock.clock for clock in started.clocks) == ["next_response", "resolution"]
    assert all(clock.started_at > BEGIN for clock in started.clocks)
    assert decider.all_of(SlaMet) == []
    met = of_type(decider.decide(story.answered(), story.resolved()), SlaMet)
    assert sorted((one.clock, one.in_time) for one in met) == [
        ("next_response", True),
        ("resolution", True),
    ]


def test_rules_apply_from_then_on(decider: Decider, story: Story) -> None:
    decider.decide(*story.brought_in(), *story.customer_writes())
    assert decider.all_of(Escalated) == []
    (escalated,) = of_type(decider.decide(story.scored("very_negative")), Escalated)
    assert [hit.rule for hit in escalated.hits] == ["very_negative_sentiment"]


def test_a_sure_draft_to_a_later_message_goes_out(decider: Decider, story: Story) -> None:
    decider.decide(*story.brought_in(), *story.customer_writes())
    decider.decide(story.scored("neutral", 0.0), story.triaged(), story.drafted())
    assert len(decider.all_of(ReplyAutoApproved)) == 1


def test_old_scores_that_come_late_escalate_nothing(decider: Decider, story: Story) -> None:
    decider.decide(*story.brought_in(), *story.customer_writes())
    decider.decide(story.scored("very_negative", imported=True))
    decider.decide(story.triaged("safety", "urgent", imported=True))
    assert decider.all_of(Escalated) == []


def test_a_person_who_asks_is_heard(decider: Decider, story: Story) -> None:
    decider.decide(*story.brought_in())
    decider.decide(story.escalation_requested(level=2))
    assert [one.level for one in decider.all_of(Escalated)] == [2]
    assert decider.all_of(SlaStarted) == []


def test_an_agents_change_wakes_nothing(decider: Decider, story: Story) -> None:
    decider.decide(*story.brought_in(resolved=False))
    decider.decide(story.updated(priority="urgent"), story.answered(), story.resolved())
    assert decider.announced == []
    decider.decide(*story.customer_writes(), story.triaged())
    (started,) = decider.all_of(SlaStarted)
    assert sorted(clock.clock for clock in started.clocks) == ["next_response", "resolution"]
    assert decider.all_of(SlaMet) == []
    assert [hit.rule for one in decider.all_of(Escalated) for hit in one.hits] == [
        "urgent_priority"
    ]


@settings(max_examples=150, deadline=None)
@given(asleep(), st.data())
def test_asleep_nothing_is_ever_announced(
    policies: Policies, story: Story, data: st.DataObject
) -> None:
    decider = Decider.of(policies, story)
    for event in data.draw(reading_orders(story.events)):
        decider.decide(event)
        decider.advance_clocks(event.time + LATER)
    assert decider.announced == []
    assert decider.process.clocks == {}


@settings(max_examples=150, deadline=None)
@given(awake(), st.data())
def test_awake_clocks_run_and_anger_escalates(
    policies: Policies, life: tuple[Story, Event[Any]], data: st.DataObject
) -> None:
    story, angry = life
    straight, shuffled = Decider.of(policies, story), Decider.of(policies, story)
    straight.decide(*story.events)
    shuffled.decide(*data.draw(reading_orders(story.events)))
    assert story.history is not None
    resumed_at = story.history.resumed_at
    for decider in (straight, shuffled):
        clocks = decider.process.clocks.values()
        assert {clock.kind for clock in clocks} <= {"next_response", "resolution"}
        (resolution,) = [clock for clock in clocks if clock.kind == "resolution"]
        assert resolution.started_at == resumed_at
        assert all(resumed_at and clock.started_at >= resumed_at for clock in clocks)
    assert _once(straight) == _once(shuffled)
    assert straight.process.state.conversation == shuffled.process.state.conversation
    assert straight.all_of(Escalated)
    settled_until = shuffled.process.state.settled_until
    is_settled = settled_until is not None and settled_until >= angry.data.occurred_at
    assert shuffled.all_of(Escalated) or is_settled


def _once(decider: Decider) -> list[object]:
    """How the clock stands that runs once in a ticket's life."""
    return [
        (clock.started_at, clock.met_at)
        for clock in decider.process.clocks.values()
        if clock.kind == "resolution"
    ]


def test_a_gap_in_the_past_waits_for_what_was_accepted_with_it(
    decider: Decider, story: Story
) -> None:
    """However long ago it came about, the missing event is on its way only now."""
    created, _unread, answered = story.brought_in("inbound", "outbound", resolved=False)
    decider.decide(created, answered)
    decider.advance_clocks(BEGIN - timedelta(days=1))
    assert decider.process.state.course.ahead
    decider.advance_clocks(BEGIN)
    assert decider.process.state.course.ahead == ()
