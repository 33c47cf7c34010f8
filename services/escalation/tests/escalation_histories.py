"""Lives of one ticket, and the orders in which their events may come, for property tests."""

from datetime import timedelta
from typing import Any

from escalation_story import Story
from hypothesis import strategies as st

from deskstream_contracts import Event

LATER = timedelta(days=60)


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


_HAPPENINGS = {
    "question": lambda story: story.message(),
    "answer": lambda story: story.answered(),
    "resolution": lambda story: (story.answered(), story.resolved()),
    "high": lambda story: story.prioritised("high"),
    "low": lambda story: story.prioritised("low"),
    "urgent": lambda story: story.prioritised("urgent"),
    "note": lambda story: story.message("note"),
    "anger": lambda story: story.scored("very_negative"),
    "calm": lambda story: story.scored("neutral", 0.0),
    "triage_low": lambda story: story.triaged_and_taken("low"),
    "triage_normal": lambda story: story.triaged_and_taken("normal"),
    "triage_urgent": lambda story: story.triaged_and_taken("urgent"),
    "request": lambda story: story.escalation_requested(),
    "bad_rating": lambda story: story.rated(1),
    "good_rating": lambda story: story.rated(5),
}


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Story, list[Event[Any]]]:
    """A story, and its events as topics read side by side give them: each topic in order.

    Some events come again, at any later place.
    """
    story = draw(stories())
    topics: dict[str, list[Event[Any]]] = {}
    for event in story.events:
        topics.setdefault(event.type, []).append(event)
    order: list[Event[Any]] = []
    while topics:
        topic = draw(st.sampled_from(sorted(topics)))
        order.append(topics[topic].pop(0))
        if not topics[topic]:
            del topics[topic]
        if draw(st.booleans()):
            order.append(draw(st.sampled_from(order)))
    return story, order
