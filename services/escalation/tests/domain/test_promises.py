"""When a ticket's clocks are announced, in stories and in any order."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from escalation_histories import LATER, deliveries, stories
from escalation_story import BEGIN, Decider, Story, of_type
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.sla import SlaBreached, SlaEvent, SlaMet, SlaStarted, SlaWarned
from deskstream_escalation.domain.policies import Policies

WAIT = timedelta(seconds=30)
_MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def decider(policies: Policies, story: Story) -> Decider:
    return Decider.of(policies, story)


def announced_ends(bodies: Iterable[EventData]) -> dict[UUID, datetime]:
    """The ends that a reader knows: of each clock the one announced last."""
    return {
        clock.clock_id: clock.due_at
        for body in bodies
        if isinstance(body, SlaStarted)
        for clock in body.clocks
    }


def running(decider: Decider) -> dict[UUID, datetime]:
    return {key: clock.due_at for key, clock in decider.process.clocks.items() if clock.is_running}


def test_a_ticket_alone_announces_nothing(decider: Decider, story: Story) -> None:
    assert decider.decide(story.created()) == []
    assert len(running(decider)) == 2


def test_its_triage_announces_all_clocks_once_by_the_expected_priority(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created())
    triaged = story.triaged("refund", "high")
    (started,) = decider.decide(triaged)
    assert isinstance(started, SlaStarted)
    assert started.priority == "high"
    assert [(clock.clock, clock.target_s) for clock in started.clocks] == [
        ("first_response", 2 * 3600),
        ("resolution", 24 * 3600),
    ]
    assert decider.announced[-1].causation_id == triaged.id
    assert decider.decide(story.updated(priority="high")) == []


def test_triage_may_come_before_the_ticket(decider: Decider, story: Story) -> None:
    created = story.created()
    assert decider.decide(story.triaged("refund", "low")) == []
    (started,) = decider.decide(created)
    assert isinstance(started, SlaStarted)
    assert started.priority == "low"


def test_a_priority_that_somebody_chose_stays(decider: Decider, story: Story) -> None:
    story.priority = "high"
    decider.decide(story.created())
    (started,) = decider.decide(story.triaged("refund", "low"))
    assert isinstance(started, SlaStarted)
    assert started.priority == "high"


def test_a_priority_chosen_later_is_announced_again(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.triaged("refund", "normal"))
    (started,) = decider.decide(story.updated(priority="low"))
    assert isinstance(started, SlaStarted)
    assert started.priority == "low"
    assert decider.decide(story.triaged("refund", "high")) == []


def test_a_rule_that_confirms_the_priority_counts_as_a_choice(
    decider: Decider, story: Story
) -> None:
    """An escalation with the priority `normal` proposes it to ingest: a low triage stays below."""
    decider.decide(story.created(), story.updated(escalation_level=1))
    (started,) = decider.decide(story.triaged("refund", "low"))
    assert isinstance(started, SlaStarted)
    assert started.priority == "normal"


def test_without_triage_they_are_announced_after_the_wait(decider: Decider, story: Story) -> None:
    decider.decide(story.created())
    assert decider.advance_clocks(BEGIN + WAIT - _MICROSECOND) == []
    (started,) = decider.advance_clocks(BEGIN + WAIT)
    assert isinstance(started, SlaStarted)
    assert started.priority == "normal"
    assert len(started.clocks) == 2
    assert decider.announced[-1].causation_id is None, "no event brought it about"
    assert decider.advance_clocks(BEGIN + WAIT) == []


def test_the_wait_counts_from_acceptance(decider: Decider, story: Story) -> None:
    """However late its event is read."""
    created = story.created()
    story.wait(hours=1)
    decider.decide(created._replace(time=story.now))
    assert len(of_type(decider.advance_clocks(BEGIN + WAIT), SlaStarted)) == 1


def test_triage_after_the_wait_is_news_only_if_it_changes_an_end(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created())
    decider.advance_clocks(BEGIN + WAIT)
    assert decider.decide(story.triaged("refund", "normal")) == []
    (again,) = decider.decide(story.triaged("refund", "high"))
    assert isinstance(again, SlaStarted)
    assert again.priority == "high"


def test_once_announced_a_change_is_announced_at_once_though_triage_never_came(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created())
    decider.advance_clocks(BEGIN + WAIT)
    (again,) = of_type(decider.decide(story.updated(priority="high")), SlaStarted)
    assert again.priority == "high"
    decider.decide(story.answered())
    (again,) = of_type(decider.decide(story.message()), SlaStarted)
    assert [clock.clock for clock in again.clocks] == ["resolution", "next_response"]


def test_a_choice_that_is_read_after_a_later_version_counts(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.triaged("refund", "urgent"))
    chosen = story.updated(priority="low")
    assert decider.decide(story.message("note")) == []
    (again,) = of_type(decider.decide(chosen), SlaStarted)
    assert again.priority == "low"


def test_a_short_target_is_announced_before_its_warning_whatever_the_wait(
    policies: Policies, story: Story
) -> None:
    policy = policies.sla
    seconds = dict.fromkeys(policy.targets["normal"], timedelta(seconds=10))
    short = Policies(
        policies.rules,
        type(policy)(policy.name, policy.version, policy.warn_at, {"normal": seconds}),
        policies.triage_wait,
    )
    decider = Decider.of(short, story)
    decider.decide(story.created())
    assert decider.advance_clocks(BEGIN + timedelta(seconds=7.9)) == []
    new_events = decider.advance_clocks(BEGIN + timedelta(seconds=8))
    assert [type(one) for one in new_events] == [SlaStarted, SlaWarned, SlaWarned]


def test_an_answer_before_triage_announces_first_and_then_meets(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created())
    started, met = decider.decide(story.answered())
    assert isinstance(started, SlaStarted)
    assert isinstance(met, SlaMet)
    assert met.clock_id in announced_ends([started])
    assert decider.decide(story.triaged("refund", "normal")) == []


def test_announced_again_the_list_says_what_was_warned_of_and_leaves_out_what_is_over(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created(), story.triaged())
    decider.advance_clocks(BEGIN + timedelta(hours=8))
    (again,) = of_type(decider.decide(story.updated(priority="high")), SlaStarted)
    assert [(clock.clock, clock.warned) for clock in again.clocks] == [("resolution", False)]
    decider.advance_clocks(BEGIN + timedelta(hours=20))
    (again,) = of_type(decider.decide(story.updated(priority="normal")), SlaStarted)
    assert [(clock.clock, clock.warned) for clock in again.clocks] == [("resolution", True)]


def test_a_woken_ticket_waits_for_its_triage_too(decider: Decider, story: Story) -> None:
    decider.decide(*story.brought_in("outbound"))
    woken_at = story.now
    assert decider.decide(*story.customer_writes()) == []
    (started,) = decider.advance_clocks(woken_at + timedelta(minutes=1) + WAIT)
    assert isinstance(started, SlaStarted)
    assert [clock.clock for clock in started.clocks] == ["resolution", "next_response"]


def test_what_time_brings_names_the_promise_and_is_not_dated_before_it(
    decider: Decider, story: Story
) -> None:
    """Log time may lag behind a promise, and readers order facts by the events' times."""
    decider.decide(story.created())
    story.wait(hours=9)
    decider.decide(story.triaged())
    promise = decider.announced[-1]
    decider.advance_clocks(BEGIN + timedelta(hours=8))
    (breach,) = [event for event in decider.announced if isinstance(event.data, SlaBreached)]
    assert breach.causation_id == promise.id
    assert breach.time == promise.time
    assert breach.data.breached_at == BEGIN + timedelta(hours=8)


@settings(max_examples=150, deadline=None)
@given(deliveries())
def test_any_order_and_repetition_promises_the_same(
    policies: Policies, delivery: tuple[Story, list[Event[Any]]]
) -> None:
    story, order = delivery
    straight, shuffled = Decider.of(policies, story), Decider.of(policies, story)
    for decider, events in ((straight, story.events), (shuffled, order)):
        decider.decide(*events)
        decider.advance_clocks(BEGIN + WAIT)
        ends = {
            key: clock.started_at + policies.sla.targets[story.priority][clock.kind]  # type: ignore[index]
            for key, clock in decider.process.clocks.items()
            if clock.is_running
        }
        known = announced_ends(event.data for event in decider.announced)
        assert {key: known[key] for key in running(decider)} == running(decider) == ends
    assert running(shuffled) == running(straight)


@settings(max_examples=150, deadline=None)
@given(deliveries(), st.data())
def test_nothing_is_announced_twice_nor_of_a_clock_that_was_not_promised(
    policies: Policies, delivery: tuple[Story, list[Event[Any]]], data: st.DataObject
) -> None:
    story, order = delivery
    decider = Decider.of(policies, story)
    now = story.events[0].time
    for event in order:
        decider.decide(event)
        if data.draw(st.booleans()):
            now += timedelta(minutes=data.draw(st.integers(0, 600)))
            decider.advance_clocks(now)
    decider.advance_clocks(now + LATER)
    assert len({event.id for event in decider.announced}) == len(decider.announced)
    known: dict[UUID, datetime] = {}
    for event in decider.announced:
        if isinstance(event.data, SlaStarted):
            news = announced_ends([event.data])
            assert news.items() - known.items(), "it says nothing new"
            known |= news
        elif isinstance(event.data, SlaEvent):
            assert event.data.clock_id in known


@settings(max_examples=60, deadline=None)
@given(stories())
def test_read_in_order_a_ticket_is_promised_no_oftener_than_its_ends_change(
    policies: Policies, story: Story
) -> None:
    """Once, then once for each change of priority and each further wait of the customer."""
    decider = Decider.of(policies, story)
    decider.decide(*story.events)
    updates = sum(event.type == "ticket.updated" for event in story.events)
    questions = sum(event.type == "ticket.message_added" for event in story.events)
    assert len(decider.all_of(SlaStarted)) <= 1 + updates + questions
