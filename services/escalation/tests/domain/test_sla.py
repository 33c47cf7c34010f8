"""The clocks of a ticket, in stories."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from escalation_story import BEGIN, Decider, Story, of_type

from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.sla import SlaBreached, SlaMet, SlaStarted, SlaWarned
from deskstream_escalation.domain.policies import Policies


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def decider(policies: Policies, story: Story) -> Decider:
    return Decider.of(policies, story)


def kinds(clocks: Iterable[Any]) -> list[str]:
    return sorted(one.clock for one in clocks)


def test_two_clocks_start_with_the_ticket(decider: Decider, story: Story) -> None:
    (started,) = of_type(decider.decide(story.created(), story.triaged()), SlaStarted)
    assert kinds(started.clocks) == ["first_response", "resolution"]
    assert {clock.started_at for clock in started.clocks} == {BEGIN}
    assert [clock.target_s for clock in started.clocks] == [8 * 3600, 72 * 3600]
    assert {clock.policy for clock in started.clocks} == {"standard"}


def test_an_imported_ticket_counts_from_its_acceptance(decider: Decider, story: Story) -> None:
    long_ago = BEGIN - timedelta(days=4_000)
    decider.decide(story.created(occurred_at=long_ago), story.triaged())
    (started,) = decider.all_of(SlaStarted)
    assert {clock.started_at for clock in started.clocks} == {BEGIN}
    assert decider.advance_clocks(story.now) == []


def test_no_clock_before_the_ticket_is_known(decider: Decider, story: Story) -> None:
    story.created()
    assert of_type(decider.decide(story.scored("neutral"), story.triaged()), SlaStarted) == []


def test_any_ticket_event_starts_them_once_all_before_it_is_known(
    decider: Decider, story: Story
) -> None:
    _created, updated = story.created(), story.updated()
    decider.decide(story.triaged())
    assert of_type(decider.decide(updated), SlaStarted) == []
    (started,) = decider.advance_clocks(updated.time)
    assert isinstance(started, SlaStarted)
    assert len(started.clocks) == 2


def test_a_warning_at_four_fifths(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.triaged())
    assert decider.advance_clocks(BEGIN + timedelta(hours=6.39)) == []
    (warned,) = decider.advance_clocks(BEGIN + timedelta(hours=6.4))
    assert isinstance(warned, SlaWarned)
    assert warned.clock == "first_response"
    assert warned.remaining_s == pytest.approx(1.6 * 3600)
    assert decider.advance_clocks(BEGIN + timedelta(hours=7)) == []


def test_a_breach_at_the_end(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.triaged())
    decider.advance_clocks(BEGIN + timedelta(hours=7))
    breached, escalated = decider.advance_clocks(BEGIN + timedelta(hours=8))
    assert isinstance(breached, SlaBreached)
    assert breached.breached_at == BEGIN + timedelta(hours=8)
    assert isinstance(escalated, Escalated)
    assert decider.announced[-1].causation_id == decider.announced[-2].id
    assert decider.advance_clocks(BEGIN + timedelta(hours=9)) == []


def test_a_clock_checked_too_late_is_not_warned_of_first(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.triaged())
    new_events = decider.advance_clocks(BEGIN + timedelta(hours=9))
    assert of_type(new_events, SlaWarned) == []
    assert len(of_type(new_events, SlaBreached)) == 1


def test_the_first_answer_meets_the_first_clock(decider: Decider, story: Story) -> None:
    decider.decide(story.created())
    answered = story.answered()
    (met,) = of_type(decider.decide(answered), SlaMet)
    assert (met.clock, met.in_time, met.elapsed_s) == ("first_response", True, 60.0)
    assert (met.met_at, met.event_id) == (answered.time, answered.id)


def test_a_note_among_agents_meets_nothing(decider: Decider, story: Story) -> None:
    decider.decide(story.created())
    assert decider.decide(story.message("note")) == []


def test_a_late_answer_is_a_breach_too_when_clocks_were_not_checked_between(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created())
    story.wait(hours=10)
    breached, met = of_type(decider.decide(story.answered()), SlaBreached, SlaMet)
    assert isinstance(breached, SlaBreached)
    assert isinstance(met, SlaMet)
    assert not met.in_time
    assert decider.process.state.level == 2


def test_a_resolution_meets_what_runs(decider: Decider, story: Story) -> None:
    decider.decide(story.created())
    assert kinds(of_type(decider.decide(story.resolved()), SlaMet)) == [
        "first_response",
        "resolution",
    ]
    assert decider.advance_clocks(BEGIN + timedelta(days=30)) == []


def test_the_next_question_starts_a_clock_until_the_next_answer(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created(), story.answered())
    question = story.message()
    (started,) = decider.decide(question)
    assert isinstance(started, SlaStarted)
    (waiting,) = [clock for clock in started.clocks if clock.clock == "next_response"]
    assert waiting.started_at == question.time
    assert decider.decide(story.message()) == []
    (met,) = decider.decide(story.answered())
    assert isinstance(met, SlaMet)
    assert (met.clock_id, met.elapsed_s) == (waiting.clock_id, 120.0)


def test_each_wait_has_a_clock_of_its_own(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.answered(), story.message(), story.answered())
    decider.decide(story.message())
    waits = {
        clock.clock_id
        for started in decider.all_of(SlaStarted)
        for clock in started.clocks
        if clock.clock == "next_response"
    }
    assert len(waits) == 2


def test_questions_before_the_first_answer_start_none(decider: Decider, story: Story) -> None:
    decider.decide(story.created())
    assert of_type(decider.decide(story.message()), SlaStarted) == []


def test_another_priority_sets_another_end(decider: Decider, story: Story) -> None:
    (first,) = of_type(decider.decide(story.created(), story.triaged()), SlaStarted)
    (second,) = of_type(decider.decide(story.updated(priority="high")), SlaStarted)
    assert [one.clock_id for one in first.clocks] == [one.clock_id for one in second.clocks]
    assert [clock.target_s for clock in second.clocks] == [2 * 3600, 24 * 3600]
    assert {clock.started_at for clock in second.clocks} == {BEGIN}
    assert len(of_type(decider.advance_clocks(BEGIN + timedelta(hours=2)), SlaBreached)) == 1


def test_the_same_priority_again_says_nothing(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.triaged())
    assert decider.decide(story.updated()) == []


def test_a_clock_that_was_met_gets_no_other_end(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.answered())
    (started,) = of_type(decider.decide(story.updated(priority="high")), SlaStarted)
    assert kinds(started.clocks) == ["resolution"]


def test_reopening_starts_no_clock_again(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.resolved())
    assert of_type(decider.decide(story.reopened()), SlaStarted) == []


def test_pending_pauses_nothing(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.answered(), story.updated(status="pending"))
    new_events = decider.advance_clocks(BEGIN + timedelta(days=3))
    assert kinds(of_type(new_events, SlaBreached)) == ["resolution"]
