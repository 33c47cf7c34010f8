"""When a ticket's clocks are told, in stories and in any order."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from escalation_histories import LATER, deliveries, stories
from escalation_story import BEGIN, Desk, Story, of_type
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.sla import SlaBreached, SlaEvent, SlaMet, SlaStarted, SlaWarned
from deskstream_escalation.domain.decide import Policies

WAIT = timedelta(seconds=30)
_MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def desk(policies: Policies, story: Story) -> Desk:
    return Desk.of(policies, story)


def told(bodies: Iterable[EventData]) -> dict[UUID, datetime]:
    """The ends a reader knows of: of each clock the one told last."""
    return {
        clock.clock_id: clock.due_at
        for body in bodies
        if isinstance(body, SlaStarted)
        for clock in body.clocks
    }


def running(desk: Desk) -> dict[UUID, datetime]:
    return {key: clock.due_at for key, clock in desk.process.clocks.items() if clock.is_running}


def test_a_ticket_alone_tells_nothing(desk: Desk, story: Story) -> None:
    assert desk.take(story.created()) == []
    assert len(running(desk)) == 2


def test_its_triage_tells_all_clocks_once_by_the_coming_priority(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    triaged = story.triaged("refund", "high")
    (started,) = desk.take(triaged)
    assert isinstance(started, SlaStarted)
    assert started.priority == "high"
    assert [(clock.clock, clock.target_s) for clock in started.clocks] == [
        ("first_response", 2 * 3600),
        ("resolution", 24 * 3600),
    ]
    assert desk.announced[-1].causation_id == triaged.id
    assert desk.take(story.updated(priority="high")) == []


def test_triage_may_come_before_the_ticket(desk: Desk, story: Story) -> None:
    created = story.created()
    assert desk.take(story.triaged("refund", "low")) == []
    (started,) = desk.take(created)
    assert isinstance(started, SlaStarted)
    assert started.priority == "low"


def test_a_priority_that_somebody_chose_stays(desk: Desk, story: Story) -> None:
    story.priority = "high"
    desk.take(story.created())
    (started,) = desk.take(story.triaged("refund", "low"))
    assert isinstance(started, SlaStarted)
    assert started.priority == "high"


def test_a_priority_chosen_later_is_told_again(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.triaged("refund", "normal"))
    (started,) = desk.take(story.updated(priority="low"))
    assert isinstance(started, SlaStarted)
    assert started.priority == "low"
    assert desk.take(story.triaged("refund", "high")) == []


def test_a_rule_that_confirms_the_priority_counts_as_a_choice(desk: Desk, story: Story) -> None:
    """An escalation with the priority `normal` proposes it to ingest: a low triage stays below."""
    desk.take(story.created(), story.updated(escalation_level=1))
    (started,) = desk.take(story.triaged("refund", "low"))
    assert isinstance(started, SlaStarted)
    assert started.priority == "normal"


def test_without_triage_they_are_told_after_the_wait(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    assert desk.pass_time(BEGIN + WAIT - _MICROSECOND) == []
    (started,) = desk.pass_time(BEGIN + WAIT)
    assert isinstance(started, SlaStarted)
    assert started.priority == "normal"
    assert len(started.clocks) == 2
    assert desk.pass_time(BEGIN + WAIT) == []


def test_the_wait_counts_from_acceptance(desk: Desk, story: Story) -> None:
    """However late its event is read."""
    created = story.created()
    story.wait(hours=1)
    desk.take(created._replace(time=story.now))
    assert len(of_type(desk.pass_time(BEGIN + WAIT), SlaStarted)) == 1


def test_triage_after_the_wait_is_told_only_if_it_changes_an_end(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    desk.pass_time(BEGIN + WAIT)
    assert desk.take(story.triaged("refund", "normal")) == []
    (again,) = desk.take(story.triaged("refund", "high"))
    assert isinstance(again, SlaStarted)
    assert again.priority == "high"


def test_once_told_news_is_told_at_once_though_triage_never_came(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    desk.pass_time(BEGIN + WAIT)
    (again,) = of_type(desk.take(story.updated(priority="high")), SlaStarted)
    assert again.priority == "high"
    desk.take(story.answered())
    (again,) = of_type(desk.take(story.message()), SlaStarted)
    assert [clock.clock for clock in again.clocks] == ["resolution", "next_response"]


def test_a_choice_that_is_read_after_a_later_version_counts(desk: Desk, story: Story) -> None:
    desk.take(story.created(), story.triaged("refund", "urgent"))
    chosen = story.updated(priority="low")
    assert desk.take(story.message("note")) == []
    (again,) = of_type(desk.take(chosen), SlaStarted)
    assert again.priority == "low"


def test_a_short_target_is_told_before_its_warning_whatever_the_wait(
    policies: Policies, story: Story
) -> None:
    policy = policies.policy
    seconds = dict.fromkeys(policy.targets["normal"], timedelta(seconds=10))
    short = Policies(
        policies.rules,
        type(policy)(policy.name, policy.version, policy.warn_at, {"normal": seconds}),
        policies.triage_wait,
    )
    desk = Desk.of(short, story)
    desk.take(story.created())
    assert desk.pass_time(BEGIN + timedelta(seconds=7.9)) == []
    made = desk.pass_time(BEGIN + timedelta(seconds=8))
    assert [type(one) for one in made] == [SlaStarted, SlaWarned, SlaWarned]


def test_an_answer_before_triage_tells_first_and_then_meets(desk: Desk, story: Story) -> None:
    desk.take(story.created())
    started, met = desk.take(story.answered())
    assert isinstance(started, SlaStarted)
    assert isinstance(met, SlaMet)
    assert met.clock_id in told([started])
    assert desk.take(story.triaged("refund", "normal")) == []


def test_told_again_the_list_says_what_was_warned_of_and_leaves_out_what_is_over(
    desk: Desk, story: Story
) -> None:
    desk.take(story.created(), story.triaged())
    desk.pass_time(BEGIN + timedelta(hours=8))
    (again,) = of_type(desk.take(story.updated(priority="high")), SlaStarted)
    assert [(clock.clock, clock.warned) for clock in again.clocks] == [("resolution", False)]
    desk.pass_time(BEGIN + timedelta(hours=20))
    (again,) = of_type(desk.take(story.updated(priority="normal")), SlaStarted)
    assert [(clock.clock, clock.warned) for clock in again.clocks] == [("resolution", True)]


def test_a_woken_ticket_waits_for_its_triage_too(desk: Desk, story: Story) -> None:
    desk.take(*story.brought_in("outbound"))
    woken_at = story.now
    assert desk.take(*story.customer_writes()) == []
    (started,) = desk.pass_time(woken_at + timedelta(minutes=1) + WAIT)
    assert isinstance(started, SlaStarted)
    assert [clock.clock for clock in started.clocks] == ["resolution", "next_response"]


def test_what_time_brings_names_the_promise_and_is_not_dated_before_it(
    desk: Desk, story: Story
) -> None:
    """Clocks may be told a time that lags: their readers order facts by the events' times."""
    desk.take(story.created())
    story.wait(hours=9)
    desk.take(story.triaged())
    promise = desk.announced[-1]
    desk.pass_time(BEGIN + timedelta(hours=8))
    (breach,) = [event for event in desk.announced if isinstance(event.data, SlaBreached)]
    assert breach.causation_id == promise.id
    assert breach.time == promise.time
    assert breach.data.breached_at == BEGIN + timedelta(hours=8)


@settings(max_examples=150, deadline=None)
@given(deliveries())
def test_any_order_and_repetition_promises_the_same(
    policies: Policies, delivery: tuple[Story, list[Event[Any]]]
) -> None:
    story, order = delivery
    straight, shuffled = Desk.of(policies, story), Desk.of(policies, story)
    for desk, events in ((straight, story.events), (shuffled, order)):
        desk.take(*events)
        desk.pass_time(BEGIN + WAIT)
        ends = {
            key: clock.started_at + policies.policy.targets[story.priority][clock.kind]  # type: ignore[index]
            for key, clock in desk.process.clocks.items()
            if clock.is_running
        }
        known = told(event.data for event in desk.announced)
        assert {key: known[key] for key in running(desk)} == running(desk) == ends
    assert running(shuffled) == running(straight)


@settings(max_examples=150, deadline=None)
@given(deliveries(), st.data())
def test_nothing_is_told_twice_nor_of_a_clock_that_was_not_told(
    policies: Policies, delivery: tuple[Story, list[Event[Any]]], data: st.DataObject
) -> None:
    story, order = delivery
    desk = Desk.of(policies, story)
    now = story.events[0].time
    for event in order:
        desk.take(event)
        if data.draw(st.booleans()):
            now += timedelta(minutes=data.draw(st.integers(0, 600)))
            desk.pass_time(now)
    desk.pass_time(now + LATER)
    assert len({said.id for said in desk.announced}) == len(desk.announced)
    known: dict[UUID, datetime] = {}
    for said in desk.announced:
        if isinstance(said.data, SlaStarted):
            news = told([said.data])
            assert news.items() - known.items(), "it says nothing new"
            known |= news
        elif isinstance(said.data, SlaEvent):
            assert said.data.clock_id in known


@settings(max_examples=60, deadline=None)
@given(stories())
def test_told_in_order_a_ticket_is_promised_no_oftener_than_its_ends_change(
    policies: Policies, story: Story
) -> None:
    """Once, then once for each change of priority and each further wait of the customer."""
    desk = Desk.of(policies, story)
    desk.take(*story.events)
    updates = sum(event.type == "ticket.updated" for event in story.events)
    questions = sum(event.type == "ticket.message_added" for event in story.events)
    assert len(desk.said(SlaStarted)) <= 1 + updates + questions
