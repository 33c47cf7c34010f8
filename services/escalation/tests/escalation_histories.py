"""Lives of one ticket, and the orders in which their events may come, for property tests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from escalation_story import Story
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_contracts.testing import reading_orders

LATER = timedelta(days=60)
_PAST = st.lists(st.sampled_from(["inbound", "outbound", "note"]), max_size=5)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A ticket's life as its one writer could have decided it."""
    story = Story(priority=draw(st.sampled_from(["normal", "normal", "high"])))
    story.chosen = story.priority != "normal"
    story.created()
    for _ in range(draw(st.integers(0, 12))):
        story.wait(minutes=draw(st.integers(0, 2_000)))
        happening = draw(st.sampled_from(sorted(_HAPPENINGS)))
        if story.status == "resolved":
            story.reopened()
        _HAPPENINGS[happening](story)
    return story


_HAPPENINGS: dict[str, Callable[[Story], object]] = {
    "question": lambda story: story.message(),
    "answer": lambda story: story.answered(),
    "resolution": lambda story: (story.answered(), story.resolved()),
    "high": lambda story: story.prioritised("high"),
    "low": lambda story: story.prioritised("low"),
    "urgent": lambda story: story.prioritised("urgent"),
    "note": lambda story: story.message("note"),
    "anger": lambda story: story.scored("very_negative"),
    "calm": lambda story: story.scored("neutral", 0.0),
    "triage_low": lambda story: story.triaged_and_applied("low"),
    "triage_normal": lambda story: story.triaged_and_applied("normal"),
    "triage_urgent": lambda story: story.triaged_and_applied("urgent"),
    "request": lambda story: story.escalation_requested(),
    "bad_rating": lambda story: story.rated(1),
    "good_rating": lambda story: story.rated(5),
}


_WHILE_ASLEEP: dict[str, Callable[[Story], object]] = {
    "old_anger": lambda story: story.scored("very_negative", imported=True),
    "old_triage": lambda story: story.triaged("legal_threat", "urgent", imported=True),
    "agent_note": lambda story: story.message("note"),
    "agent_answer": lambda story: story.answered(),
    "agent_urgent": lambda story: story.updated(priority="urgent"),
    "agent_resolves": lambda story: story.resolved(),
}
_AWAKE: dict[str, Callable[[Story], object]] = {
    "question": lambda story: story.customer_writes(),
    "answer": lambda story: story.answered(),
    "resolution": lambda story: (story.answered(), story.resolved()),
    "old_anger": lambda story: story.scored("very_negative", imported=True),
    "low": lambda story: story.updated(priority="low"),
}


@st.composite
def asleep(draw: st.DrawFn) -> Story:
    """An imported ticket, and what may happen to it before its customer writes."""
    story = Story(priority=draw(st.sampled_from(["normal", "urgent"])))
    story.brought_in(*draw(_PAST), resolved=draw(st.booleans()))
    for happening in draw(st.lists(st.sampled_from(sorted(_WHILE_ASLEEP)), max_size=6)):
        story.wait(minutes=draw(st.integers(0, 2_000)))
        _WHILE_ASLEEP[happening](story)
    return story


@st.composite
def awake(draw: st.DrawFn) -> tuple[Story, Event[Any]]:
    """The same, whose customer wrote and sounds very negative; also that score."""
    story = draw(asleep())
    story.customer_writes()
    angry = story.scored("very_negative")
    for happening in draw(st.lists(st.sampled_from(sorted(_AWAKE)), max_size=5)):
        story.wait(minutes=draw(st.integers(0, 2_000)))
        _AWAKE[happening](story)
    return story, angry


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Story, list[Event[Any]]]:
    """A story, and an order in which its events may be read."""
    story = draw(stories())
    return story, draw(reading_orders(story.events))
