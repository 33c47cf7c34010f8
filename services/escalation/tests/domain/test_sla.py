"""The clocks of a ticket, in stories."""

from datetime import timedelta

import pytest
from escalation_story import BEGIN, Desk, Story, of_type

from deskstream_contracts.events.escalation import (
    Escalated,
    SlaBreached,
    SlaMet,
    SlaStarted,
    SlaWarned,
)
from deskstream_escalation.domain.decide import Guidance


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def desk(guidance: Guidance, story: Story) -> Desk:
    return Desk.of(guidance, story)


def kinds(bodies: list[object]) -> list[str]:
    return sorted(body.clock for body in bodies)  # type: ignore[attr-defined]


def test_two_clocks_start_with_the_ticket(desk: Desk, story: Story) -> None:
    started = of_type(desk.take(story.created()), SlaStarted)
    assert kinds(started) == ["first_response", "resolution"]
    assert {clock.started_at for clock in started} == {BEGIN}
    assert [clock.target_s for clock in started] == [8 * 3600, 72 * 3600]
    assert {clock.policy for clock in started} == {"standard"}


def test_an_imported_ticket_counts_from_its_acceptance(desk: Desk, story: Story) -> None:
    long_ago = BEGIN - timedelta(days=4_000)
    started = of_type(desk.take(story.created(occurred_at=long_ago)), SlaStarted)
    assert {clock.started_at for clock in started} == {BEGIN}
    assert desk.pass_time(story.now) == []


def test_no_clock_before_the_ticket_is_known(desk: Desk, story: Story) -> None:
    story.created()
    assert of_type(desk.take(story.scored("neutral")), SlaStarted) == []


def test_any_ticket_event_starts_them(desk: Desk, story: Story) -> None:
    created, updated = story.created(), story.updated()
    assert len(of_type(desk.take(updated), SlaStarted)) == 2
    assert of_type(desk.take(created), SlaStarted) == []


def test_a_warning_at_four_fifths(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    assert desk.pass_time(BEGIN + timedelta(hours=6.39)) == []
    (warned,) = desk.pass_time(BEGIN + timedelta(hours=6.4))
    assert isinstance(warned, SlaWarned)
    assert (warned.clock, warned.remaining_s) == ("first_response", pytest.approx(1.6 * 3600))
    assert desk.pass_time(BEGIN + timedelta(hours=7)) == []


def test_a_breach_at_the_end(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    desk.pass_time(BEGIN + timedelta(hours=7))
    breached, escalated = desk.pass_time(BEGIN + timedelta(hours=8))
    assert isinstance(breached, SlaBreached)
    assert breached.breached_at == BEGIN + timedelta(hours=8)
    assert isinstance(escalated, Escalated)
    assert desk.announced[-1].causation_id == desk.announced[-2].id
    assert desk.pass_time(BEGIN + timedelta(hours=9)) == []


def test_a_clock_looked_at_too_late_is_not_warned_of_first(desk: Desk, story: Story) -> None:
    desk.take(story.created())
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
    assert desk.state.case.level == 2


def test_a_resolution_meets_what_runs(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    assert kinds(of_type(desk.take(story.resolved()), SlaMet)) == ["first_response", "resolution"]
    assert desk.pass_time(BEGIN + timedelta(days=30)) == []


def test_the_next_question_starts_a_clock_until_the_next_answer(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.answered())
    question = story.message()
    (started,) = desk.take(question)
    assert isinstance(started, SlaStarted)
    assert (started.clock, started.started_at) == ("next_response", question.time)
    assert desk.take(story.message()) == []
    (met,) = desk.take(story.answered())
    assert isinstance(met, SlaMet)
    assert (met.clock_id, met.elapsed_s) == (started.clock_id, 120.0)


def test_each_wait_has_a_clock_of_its_own(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.answered(), story.message(), story.answered())
    desk.take(story.message())
    waits = [clock for clock in desk.said(SlaStarted) if clock.clock == "next_response"]
    assert len({clock.clock_id for clock in waits}) == 2


def test_questions_before_the_first_answer_start_none(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    assert of_type(desk.take(story.message()), SlaStarted) == []


def test_another_priority_sets_another_end(desk: Desk, story: Story) -> None:
    first = of_type(desk.take(story.created()), SlaStarted)
    second = of_type(desk.take(story.updated(priority="high")), SlaStarted)
    assert [clock.clock_id for clock in first] == [clock.clock_id for clock in second]
    assert [clock.target_s for clock in second] == [2 * 3600, 24 * 3600]
    assert {clock.started_at for clock in second} == {BEGIN}
    assert len(of_type(desk.pass_time(BEGIN + timedelta(hours=2)), SlaBreached)) == 1


def test_the_same_priority_again_says_nothing(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    assert desk.take(story.updated()) == []


def test_a_clock_that_was_met_gets_no_other_end(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.answered())
    assert kinds(of_type(desk.take(story.updated(priority="high")), SlaStarted)) == ["resolution"]


def test_reopening_starts_no_clock_again(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.resolved())
    assert of_type(desk.take(story.reopened()), SlaStarted) == []


def test_pending_pauses_nothing(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.answered(), story.updated(status="pending"))
    made = desk.pass_time(BEGIN + timedelta(days=3))
    assert kinds(of_type(made, SlaBreached)) == ["resolution"]
