"""The process made again from the log is the process of before."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from escalation_histories import deliveries
from escalation_story import BEGIN, Decider, Story
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_escalation.domain.decide import advance_clocks
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.rebuild import OWN_EVENTS, rebuild
from deskstream_escalation.domain.rule import RuleBook
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState

LATEST = BEGIN + timedelta(days=3_650)
_MICROSECOND = timedelta(microseconds=1)


@dataclass
class LoggedDecider(Decider):
    """Keeps the log as well: each event, and behind it those that were announced of it."""

    log: list[Event[Any]] = field(default_factory=list)

    def decide(self, *events: Event[Any]) -> list[Any]:
        """One after the other."""
        for event in events:
            self.log.append(event)
            super().decide(event)
            self._note()
        return []

    def advance_clocks(self, now: Any) -> list[Any]:
        """The clocks at `now`."""
        new_events = super().advance_clocks(now)
        self._note()
        return new_events

    def _note(self) -> None:
        self.log += self.announced
        self.announced = []


def rebuilt(story: Story, log: list[Event[Any]], policies: Policies) -> TicketProcess:
    process = TicketProcess(TicketState(story.ticket_id), {})
    for event in log:
        process = rebuild(process, event, policies, event.time)
    return process


@st.composite
def lived(draw: st.DrawFn) -> tuple[Story, list[tuple[Event[Any], int | None]]]:
    """A delivery, and after how many minutes clocks were checked behind each event.

    Log time never passes an event that is unread.
    """
    story, order = draw(deliveries())
    return story, [(event, draw(st.none() | st.integers(0, 6_000))) for event in order]


def live(policies: Policies, story: Story, order: list[tuple[Event[Any], int | None]]) -> Any:
    decider = LoggedDecider.of(policies, story)
    assert isinstance(decider, LoggedDecider)
    now = story.events[0].time
    unread = {event.id: event.time for event, _ in order}
    for event, minutes in order:
        decider.decide(event)
        unread.pop(event.id, None)
        if minutes is not None:
            known = min(unread.values(), default=LATEST) - _MICROSECOND
            now = max(now, min(now + timedelta(minutes=minutes), known))
            if now <= known:
                decider.advance_clocks(now)
    return decider


@settings(max_examples=60, deadline=None)
@given(lived())
def test_made_again_in_the_order_it_came_about(policies: Policies, life: Any) -> None:
    decider = live(policies, *life)
    again = rebuilt(life[0], decider.log, policies)
    assert again.state == decider.process.state
    assert again.clocks == decider.process.clocks


@settings(max_examples=60, deadline=None)
@given(lived(), st.data())
def test_made_again_though_what_was_announced_came_into_the_log_late(
    policies: Policies, life: Any, data: st.DataObject
) -> None:
    decider = live(policies, *life)
    log: list[Event[Any]] = []
    late: list[Event[Any]] = []
    for event in decider.log:
        (late if isinstance(event.data, OWN_EVENTS) else log).append(event)
        while len(late) > 0 and data.draw(st.booleans()):
            log.append(late.pop(0))
    again = rebuilt(life[0], log + late, policies)
    # Which of two facts of a kind stands behind a rule depends on when each was known.
    assert replace(again.state, hits=()) == replace(decider.process.state, hits=())
    assert bool(again.state.hits) == bool(decider.process.state.hits)
    assert again.clocks == decider.process.clocks


@settings(max_examples=40, deadline=None)
@given(lived())
def test_what_was_announced_stands_whatever_the_rules_are_now(
    policies: Policies, life: Any
) -> None:
    decider = live(policies, *life)
    no_rules = replace(policies, rules=RuleBook("other", ()))
    again = rebuilt(life[0], decider.log, no_rules).state
    state = decider.process.state
    assert (again.level, again.escalation_id) == (state.level, state.escalation_id)
    assert again.approved_draft_id == state.approved_draft_id


def test_nothing_that_was_not_announced_stands_with_more_rules(policies: Policies) -> None:
    story = Story()
    decider = live(
        replace(policies, rules=RuleBook("none", ())),
        story,
        [(story.created(), None), (story.scored("very_negative"), None)],
    )
    again = rebuilt(story, decider.log, policies).state
    assert (again.level, again.escalation_id) == (0, None)


def slower(policies: Policies) -> Policies:
    targets = {
        priority: {kind: target * 2 for kind, target in kinds.items()}
        for priority, kinds in policies.sla.targets.items()
    }
    return replace(policies, sla=replace(policies.sla, version="2", targets=targets))


def test_a_clock_keeps_the_target_it_was_announced_with(policies: Policies) -> None:
    story = Story()
    decider = live(policies, story, [(story.created(), None), (story.triaged("refund"), None)])
    assert rebuilt(story, decider.log, slower(policies)).clocks == decider.process.clocks


def test_a_priority_that_was_promised_keeps_the_target_it_was_promised_with(
    policies: Policies,
) -> None:
    """Also without a rebuild, where other service levels came into force in between."""
    story = Story()
    life = [story.created(), story.triaged("refund", "high"), story.updated(priority="high")]
    decider = live(policies, story, [(event, None) for event in life])
    assert rebuilt(story, decider.log, slower(policies)).clocks == decider.process.clocks
    between = Decider.of(policies, story)
    between.decide(*life[:2])
    between.policies = slower(policies)
    assert between.decide(life[2]) == []
    assert between.process.clocks.keys() == decider.process.clocks.keys()
    for key, clock in between.process.clocks.items():
        assert clock.due_at == decider.process.clocks[key].due_at


def test_announcements_about_unknown_clocks_change_nothing(policies: Policies) -> None:
    story = Story()
    decider = live(policies, story, [(story.created(), None), (story.triaged(), 400)])
    story.wait(hours=100)
    decider.decide(story.answered())
    ours = [event for event in decider.log if event.type.startswith("sla.")]
    assert {event.type for event in ours} >= {
        "sla.started",
        "sla.warned",
        "sla.breached",
        "sla.met",
    }
    unknown = TicketProcess(TicketState(story.ticket_id), {})
    for event in ours:
        assert rebuild(unknown, event, policies, event.time) == unknown


def test_the_end_of_an_earlier_escalation_ends_no_later_one(policies: Policies) -> None:
    story = Story()
    life = [story.created(), story.escalation_requested(), story.resolved(), story.reopened()]
    life.append(story.escalation_requested(2))
    decider = live(policies, story, [(event, None) for event in life])
    (ended,) = [event for event in decider.log if event.type == "deescalated"]
    again = rebuild(decider.process, ended, policies, ended.time)
    assert again == decider.process
    assert again.state.level == 2


def test_a_draft_that_went_out_alone_does_not_go_out_again(policies: Policies) -> None:
    story = Story()
    life = [story.created(), story.scored("positive", 0.5), story.triaged(), story.drafted()]
    decider = live(policies, story, [(event, None) for event in life])
    assert decider.log[-1].type == "reply.auto_approved"
    again = rebuilt(story, decider.log, policies)
    assert again == decider.process
    assert again.state.approved_draft_id == life[-1].data.draft_id
    no_rules = replace(policies, rules=RuleBook("other", ()))
    assert rebuilt(story, decider.log, no_rules).state.approved_draft_id is not None


def test_an_escalation_by_rules_of_before_stands_until_it_is_settled(policies: Policies) -> None:
    """Its hits name rules that are gone, and facts that may have been replaced or settled."""
    story = Story()
    life = [story.created(), story.scored("very_negative")]
    decider = live(policies, story, [(event, None) for event in life])
    no_rules = replace(policies, rules=RuleBook("other", ()))
    again = rebuilt(story, decider.log, no_rules)
    (hit,) = again.state.hits
    assert (hit.event_id, hit.at) == (life[1].id, life[1].data.occurred_at)
    resolved = rebuild(again, story.resolved(), no_rules, story.now)
    assert resolved.state.hits == ()
    late = [*life, story.events[-1], *decider.log[-1:]]
    assert rebuilt(story, late, no_rules).state.hits == ()


def test_a_hit_without_a_fact_that_is_known_is_not_made_up(policies: Policies) -> None:
    story = Story()
    life = [story.created(), story.scored("very_negative")]
    decider = live(policies, story, [(event, None) for event in life])
    no_rules = replace(policies, rules=RuleBook("other", ()))
    (escalated,) = [event for event in decider.log if event.type == "escalated"]
    (hit,) = escalated.data.hits
    for unknown in (hit.model_copy(update={"event_id": None}), hit):
        data = escalated.data.model_copy(update={"hits": (unknown,)})
        bare = rebuilt(story, [life[0], escalated._replace(data=data)], no_rules)
        assert (bare.state.level, bare.state.hits) == (escalated.data.level, ())


@pytest.mark.parametrize("name", ["a", "b", "c", "d", "e", "f"])
def test_two_clocks_that_ran_out_at_one_moment(policies: Policies, name: str) -> None:
    """Announced together, rebuilt one by one: the same of the two stands behind the hit."""
    story = Story(name)
    story.created()
    story.answered()
    story.message()
    story.wait(hours=9)
    story.prioritised("urgent")
    decider = live(policies, story, [(event, None) for event in story.events])
    decider.advance_clocks(story.now)
    assert [event.type for event in decider.log].count("sla.breached") == 2
    assert rebuilt(story, decider.log, policies).state == decider.process.state


def test_a_gap_that_was_passed_is_passed_again(policies: Policies) -> None:
    """Otherwise the first check after it would announce the same once more."""
    story = Story()
    created, _dead_lettered, answered = story.created(), story.message("note"), story.answered()
    decider = live(policies, story, [(created, None), (answered, 60)])
    again = rebuilt(story, decider.log, policies)
    assert again == decider.process
    assert all(clock.promise for clock in again.clocks.values())
    assert again.state.course.ahead == ()


@st.composite
def lived_with_a_gap(draw: st.DrawFn) -> tuple[Story, list[tuple[Event[Any], int | None]]]:
    """A life of which one version was dead-lettered, so it was never handled."""
    story, order = draw(lived())
    versions = {event.sequence for event, _ in order if event.sequence}
    missing = draw(st.sampled_from(sorted(versions))) if versions else None
    return story, [one for one in order if missing is None or one[0].sequence != missing]


@settings(max_examples=60, deadline=None)
@given(lived_with_a_gap(), st.integers(0, 6_000))
def test_a_rebuild_over_a_gap_brings_nothing_to_announce(
    policies: Policies, life: Any, minutes: int
) -> None:
    """The next check announces what it would have announced without the rebuild."""
    decider = live(policies, *life)
    now = max(event.time for event in [*life[0].events, *decider.log]) + timedelta(minutes=minutes)
    again = rebuilt(life[0], decider.log, policies)
    _, announced = advance_clocks(again, policies, now)
    assert [event.data for event in announced] == decider.advance_clocks(now)


def test_a_gap_before_the_first_version_that_was_read_is_passed_again(policies: Policies) -> None:
    """`ticket.created` was dead-lettered; the gap was passed, and `sla.started` announced."""
    story = Story()
    story.created()
    story.prioritised("high")
    decider = live(policies, story, [(story.events[1], 60)])
    assert [event.type for event in decider.log] == ["ticket.updated", "sla.started"]
    again = rebuilt(story, decider.log, policies)
    _, announced = advance_clocks(again, policies, decider.log[-1].time + timedelta(minutes=1))
    assert announced == []
