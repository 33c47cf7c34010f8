"""The state made again from the log is the state of before."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from escalation_histories import deliveries
from escalation_story import BEGIN, Desk, Story
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_escalation.domain.decide import Guidance, TicketState, pass_time
from deskstream_escalation.domain.rebuild import ANNOUNCED, remember
from deskstream_escalation.domain.rule import RuleBook
from deskstream_escalation.domain.ticket_state import Case

LATEST = BEGIN + timedelta(days=3_650)
_MICROSECOND = timedelta(microseconds=1)


@dataclass
class LoggedDesk(Desk):
    """Keeps the log as well: each event when it was taken, and what it led to behind it."""

    log: list[Event[Any]] = field(default_factory=list)

    def take(self, *events: Event[Any]) -> list[Any]:
        """Takes them one after the other."""
        for event in events:
            self.log.append(event)
            super().take(event)
            self._note()
        return []

    def pass_time(self, now: Any) -> list[Any]:
        """Looks at the clocks."""
        made = super().pass_time(now)
        self._note()
        return made

    def _note(self) -> None:
        self.log += self.announced
        self.announced = []


def remembered(story: Story, log: list[Event[Any]], guidance: Guidance) -> TicketState:
    state = TicketState(Case(story.ticket_id), {})
    for event in log:
        state = remember(state, event, guidance, event.time)
    return state


@st.composite
def lived(draw: st.DrawFn) -> tuple[Story, list[tuple[Event[Any], int | None]]]:
    """A delivery, and after how many minutes somebody looked at the clocks behind each event.

    Clocks are told no time up to which something is unread.
    """
    story, order = draw(deliveries())
    return story, [(event, draw(st.none() | st.integers(0, 6_000))) for event in order]


def live(guidance: Guidance, story: Story, order: list[tuple[Event[Any], int | None]]) -> Any:
    desk = LoggedDesk.of(guidance, story)
    assert isinstance(desk, LoggedDesk)
    now = story.events[0].time
    unread = {event.id: event.time for event, _ in order}
    for event, minutes in order:
        desk.take(event)
        unread.pop(event.id, None)
        if minutes is not None:
            known = min(unread.values(), default=LATEST) - _MICROSECOND
            now = max(now, min(now + timedelta(minutes=minutes), known))
            if now <= known:
                desk.pass_time(now)
    return desk


@settings(max_examples=60, deadline=None)
@given(lived())
def test_made_again_in_the_order_it_came_about(guidance: Guidance, life: Any) -> None:
    desk = live(guidance, *life)
    again = remembered(life[0], desk.log, guidance)
    assert again.case == desk.state.case
    assert again.clocks == desk.state.clocks


@settings(max_examples=60, deadline=None)
@given(lived(), st.data())
def test_made_again_though_what_was_announced_came_into_the_log_late(
    guidance: Guidance, life: Any, data: st.DataObject
) -> None:
    desk = live(guidance, *life)
    log: list[Event[Any]] = []
    late: list[Event[Any]] = []
    for event in desk.log:
        (late if isinstance(event.data, ANNOUNCED) else log).append(event)
        while late and data.draw(st.booleans()):
            log.append(late.pop(0))
    again = remembered(life[0], log + late, guidance)
    # Which of two facts of a kind stands behind a rule depends on when each was known.
    assert replace(again.case, hits=()) == replace(desk.state.case, hits=())
    assert bool(again.case.hits) == bool(desk.state.case.hits)
    assert again.clocks == desk.state.clocks


@settings(max_examples=40, deadline=None)
@given(lived())
def test_what_was_announced_stands_whatever_the_rules_are_now(
    guidance: Guidance, life: Any
) -> None:
    desk = live(guidance, *life)
    no_rules = replace(guidance, rules=RuleBook("other", ()))
    again = remembered(life[0], desk.log, no_rules).case
    case = desk.state.case
    assert (again.level, again.escalation_id) == (case.level, case.escalation_id)
    assert again.approved_draft_id == case.approved_draft_id


def test_nothing_that_was_not_announced_stands_with_more_rules(guidance: Guidance) -> None:
    story = Story()
    desk = live(
        replace(guidance, rules=RuleBook("none", ())),
        story,
        [(story.created(), None), (story.scored("very_negative"), None)],
    )
    again = remembered(story, desk.log, guidance).case
    assert (again.level, again.escalation_id) == (0, None)


def slower(guidance: Guidance) -> Guidance:
    targets = {
        priority: {kind: target * 2 for kind, target in kinds.items()}
        for priority, kinds in guidance.policy.targets.items()
    }
    return replace(guidance, policy=replace(guidance.policy, version="2", targets=targets))


def test_a_clock_keeps_the_target_it_was_told_with(guidance: Guidance) -> None:
    story = Story()
    desk = live(guidance, story, [(story.created(), None), (story.triaged("refund"), None)])
    assert remembered(story, desk.log, slower(guidance)).clocks == desk.state.clocks


def test_a_priority_that_was_promised_keeps_the_target_it_was_promised_with(
    guidance: Guidance,
) -> None:
    """Also without a rebuild, where other service levels came into force in between."""
    story = Story()
    life = [story.created(), story.triaged("refund", "high"), story.updated(priority="high")]
    desk = live(guidance, story, [(event, None) for event in life])
    assert remembered(story, desk.log, slower(guidance)).clocks == desk.state.clocks
    between = Desk.of(guidance, story)
    between.take(*life[:2])
    between.guidance = slower(guidance)
    assert between.take(life[2]) == []
    assert between.state.clocks.keys() == desk.state.clocks.keys()
    for key, clock in between.state.clocks.items():
        assert clock.due_at == desk.state.clocks[key].due_at


@pytest.mark.parametrize("name", ["a", "b", "c", "d", "e", "f"])
def test_two_clocks_that_ran_out_at_one_moment(guidance: Guidance, name: str) -> None:
    """Announced together, remembered one by one: the same of the two stands behind the hit."""
    story = Story(name)
    story.created()
    story.answered()
    story.message()
    story.wait(hours=9)
    story.prioritised("urgent")
    desk = live(guidance, story, [(event, None) for event in story.events])
    desk.pass_time(story.now)
    assert [event.type for event in desk.log].count("sla.breached") == 2
    assert remembered(story, desk.log, guidance).case == desk.state.case


def test_a_gap_that_was_passed_is_passed_again(guidance: Guidance) -> None:
    """Otherwise the first look after it would announce once more what was brought about then."""
    story = Story()
    created, _dead_lettered, answered = story.created(), story.message("note"), story.answered()
    desk = live(guidance, story, [(created, None), (answered, 60)])
    again = remembered(story, desk.log, guidance)
    assert again == desk.state
    assert all(clock.promise for clock in again.clocks.values())
    assert again.case.course.ahead == ()


@st.composite
def lived_with_a_gap(draw: st.DrawFn) -> tuple[Story, list[tuple[Event[Any], int | None]]]:
    """A life of which one version was dead-lettered, so it was never taken."""
    story, order = draw(lived())
    versions = {event.sequence for event, _ in order if event.sequence}
    missing = draw(st.sampled_from(sorted(versions))) if versions else None
    return story, [one for one in order if missing is None or one[0].sequence != missing]


@settings(max_examples=60, deadline=None)
@given(lived_with_a_gap(), st.integers(0, 6_000))
def test_a_rebuild_over_a_gap_brings_nothing_to_announce(
    guidance: Guidance, life: Any, minutes: int
) -> None:
    """What the next look announces is what it would have announced without the rebuild."""
    desk = live(guidance, *life)
    now = max(event.time for event in [*life[0].events, *desk.log]) + timedelta(minutes=minutes)
    again = remembered(life[0], desk.log, guidance)
    _, announced = pass_time(again, guidance, now)
    assert [event.data for event in announced] == desk.pass_time(now)


def test_a_gap_before_the_first_version_that_was_read_is_passed_again(guidance: Guidance) -> None:
    """`ticket.created` was dead-lettered; the gap was passed, and `sla.started` told."""
    story = Story()
    story.created()
    story.prioritised("high")
    desk = live(guidance, story, [(story.events[1], 60)])
    assert [event.type for event in desk.log] == ["ticket.updated", "sla.started"]
    again = remembered(story, desk.log, guidance)
    _, announced = pass_time(again, guidance, desk.log[-1].time + timedelta(minutes=1))
    assert announced == []
