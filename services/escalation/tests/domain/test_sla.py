"""The clocks of a ticket, in stories."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from escalation_story import BEGIN, Desk, Story, of_type

from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.sla import SlaBreached, SlaMet, SlaStarted, SlaWarned
from deskstream_escalation.domain.decide import Policies


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def desk(policies: Policies, story: Story) -> Desk:
    return Desk.of(policies, story)


def kinds(clocks: Iterable[Any]) -> list[str]:
    return sorted(one.clock for one in clocks)


def test_two_clocks_start_with_the_ticket(desk: Desk, story: Story) -> None:
    (started,) = of_type(desk.take(story.created(), story.triaged()), SlaStarted)
    assert kinds(started.clocks) == ["first_response", "resolution"]
    assert {clock.started_at for clock in started.clocks} == {BEGIN}
    assert [clock.target_s for clock in started.clocks] == [8 * 3600, 72 * 3600]
    assert {clock.policy for clock in started.clocks} == {"standard"}


def test_an_imported_ticket_counts_from_its_acceptance(desk: Desk, story: Story) -> None:
    long_ago = BEGIN - timedelta(days=4_000)
    desk.take(story.created(occurred_at=long_ago), story.triaged())
    (started,) = desk.said(SlaStarted)
    assert {clock.started_at for clock in started.clocks} == {BEGIN}
    assert desk.pass_time(story.now) == []


def test_no_clock_before_the_ticket_is_known(desk: Desk, story: Story) -> None:
    story.created()
    assert of_type(desk.take(story.scored("neutral"), story.triaged()), SlaStarted) == []


def test_any_ticket_event_starts_them_once_all_before_it_is_known(desk: Desk, story: Story) -> None:
    _created, updated = story.created(), story.updated()
    desk.take(story.triaged())
    assert of_type(desk.take(updated), SlaStarted) == []
    (started,) = desk.pass_time(updated.time)
    assert isinstance(started, SlaStarted)
    assert len(started.clocks) == 2


def test_a_warning_at_four_fifths(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.triaged())
    assert desk.pass_time(BEGIN + timedelta(hours=6.39)) == []
    (warned,) = desk.pass_time(BEGIN + timedelta(hours=6.4))
    assert isinstance(warned, SlaWarned)
    assert (warned.clock, warned.remaining_s) == ("first_response", pytest.approx(1.6 * 3600))
    assert desk.pass_time(BEGIN + timedelta(hours=7)) == []


def test_a_breach_at_the_end(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.triaged())
    desk.pass_time(BEGIN + timedelta(hours=7))
    breached, escalated = desk.pass_time(BEGIN + timedelta(hours=8))
    assert isinstance(breached, SlaBreached)
    assert breached.breached_at == BEGIN + timedelta(hours=8)
    assert isinstance(escalated, Escalated)
    assert desk.announced[-1].causation_id == desk.announced[-2].id
    assert desk.pass_time(BEGIN + timedelta(hours=9)) == []


def test_a_clock_looked_at_too_late_is_not_warned_of_first(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.triaged())
    made = desk.pass_time(BEGIN + timedelta(hours=9))
    assert of_type(made, SlaWarned) == []
    assert len(of_type(made, SlaBreached)) == 1


def test_the_first_answer_meets_the_first_clock(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    answered = story.answered()
    (met,) = of_type(desk.take(answered), SlaMet)
    assert (met.clock, met.in_time, met.elapsed_s) == ("first_response", True, 60.0)
    assert (met.met_at, met.event_id) == (answered.time, answered.id)


def test_a_note_among_agents_meets_nothing(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    assert desk.take(story.message("note")) == []


def test_a_late_answer_is_a_breach_too_when_nobody_looked_between(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    story.wait(hours=10)
    breached, met = of_type(desk.take(story.answered()), SlaBreached, SlaMet)
    assert isinstance(breached, SlaBreached)
    assert isinstance(met, SlaMet)
    assert not met.in_time
    assert desk.process.state.level == 2


def test_a_resolution_meets_what_runs(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    assert kinds(of_type(desk.take(story.resolved()), SlaMet)) == ["first_response", "resolution"]
    assert desk.pass_time(BEGIN + timedelta(days=30)) == []


def test_the_next_question_starts_a_clock_until_the_next_answer(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.answered())
    question = story.message()
    (started,) = desk.take(question)
    assert isinstance(started, SlaStarted)
    (waiting,) = [clock for clock in started.clocks if clock.clock == "next_response"]
    assert waiting.started_at == question.time
    assert desk.take(story.message()) == []
    (met,) = desk.take(story.answered())
    assert isinstance(met, SlaMet)
    assert (met.clock_id, met.elapsed_s) == (waiting.clock_id, 120.0)


def test_each_wait_has_a_clock_of_its_own(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.answered(), story.message(), story.answered())
    desk.take(story.message())
    waits = {
        clock.clock_id
        for started in desk.said(SlaStarted)
        for clock in started.clocks
        if clock.clock == "next_response"
    }
    assert len(waits) == 2


def test_questions_before_the_first_answer_start_none(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    assert of_type(desk.take(story.message()), SlaStarted) == []


def test_another_priority_sets_another_end(desk: Desk, story: Story) -> None:
    (first,) = of_type(desk.take(story.created(), story.triaged()), SlaStarted)
    (second,) = of_type(desk.take(story.updated(priority="high")), SlaStarted)
    assert [one.clock_id for one in first.clocks] == [one.clock_id for one in second.clocks]
    assert [clock.target_s for clock in second.clocks] == [2 * 3600, 24 * 3600]
    assert {clock.started_at for clock in second.clocks} == {BEGIN}
    assert len(of_type(desk.pass_time(BEGIN + timedelta(hours=2)), SlaBreached)) == 1


def test_the_same_priority_again_says_nothing(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.triaged())
    assert desk.take(story.updated()) == []


def test_a_clock_that_was_met_gets_no_other_end(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.answered())
    (started,) = of_type(desk.take(story.updated(priority="high")), SlaStarted)
    assert kinds(started.clocks) == ["resolution"]


def test_reopening_starts_no_clock_again(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.resolved())
    assert of_type(desk.take(story.reopened()), SlaStarted) == []


def test_pending_pauses_nothing(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.answered(), story.updated(status="pending"))
    made = desk.pass_time(BEGIN + timedelta(days=3))
    assert kinds(of_type(made, SlaBreached)) == ["resolution"]
