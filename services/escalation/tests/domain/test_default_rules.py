"""The shipped rules: each fires, is refused, and does nothing where nothing happened."""

from typing import Any

import pytest
from escalation_story import Decider, Story, of_type

from deskstream_contracts import Event
from deskstream_contracts.events.escalation import Deescalated, Escalated
from deskstream_escalation.domain.policies import Policies


@pytest.fixture
def story() -> Story:
    story = Story()
    story.created()
    return story


@pytest.fixture
def decider(policies: Policies, story: Story) -> Decider:
    decider = Decider.of(policies, story)
    decider.decide(*story.events)
    return decider


def escalations(decider: Decider, *events: Event[Any]) -> list[Escalated]:
    return of_type(decider.decide(*events), Escalated)


def test_very_negative_sentiment_escalates(decider: Decider, story: Story) -> None:
    scored = story.scored("very_negative", score=-0.91)
    (escalated,) = escalations(decider, scored)
    assert escalated.level == 1
    assert escalated.priority == "high"
    assert escalated.hits[0].rule == "very_negative_sentiment"
    assert escalated.hits[0].explanation == "The customer sounds very negative (score -0.91)."
    assert escalated.hits[0].event_id == scored.id


def test_an_unsure_very_negative_sentiment_does_not(decider: Decider, story: Story) -> None:
    assert escalations(decider, story.scored("very_negative", confidence=0.4)) == []


def test_negative_sentiment_does_not(decider: Decider, story: Story) -> None:
    assert escalations(decider, story.scored("negative")) == []


def test_very_negative_sentiment_on_a_resolved_ticket_does_not(
    decider: Decider, story: Story
) -> None:
    assert escalations(decider, story.resolved(), story.scored("very_negative")) == []


@pytest.mark.parametrize(
    ("intent", "priority", "confidence", "fires"),
    [
        ("fraud_or_theft", "high", 0.8, True),
        ("refund", "urgent", 0.8, True),
        ("refund", "urgent", 0.6, False),
        ("fraud_or_theft", "normal", 0.4, False),
        ("refund", "high", 0.99, False),
    ],
)
def test_urgent_matters(
    decider: Decider, story: Story, intent: str, priority: str, confidence: float, *, fires: bool
) -> None:
    made = escalations(decider, story.triaged(intent, priority, confidence))
    assert [escalated.hits[0].rule for escalated in made] == ["urgent_matter"] * fires


def test_urgent_priority_set_by_hand_escalates(decider: Decider, story: Story) -> None:
    (escalated,) = escalations(decider, story.updated(priority="urgent"))
    assert escalated.hits[0].rule == "urgent_priority"


def test_high_priority_does_not(decider: Decider, story: Story) -> None:
    assert escalations(decider, story.updated(priority="high")) == []


def test_the_third_unanswered_message_escalates(decider: Decider, story: Story) -> None:
    assert escalations(decider, story.message()) == []
    (escalated,) = escalations(decider, story.message())
    assert escalated.hits[0].rule == "repeated_contact"
    assert "3 times" in escalated.hits[0].explanation


def test_an_answer_in_between_starts_the_count_again(decider: Decider, story: Story) -> None:
    messages = [story.message(), story.answered(), story.message(), story.message()]
    assert escalations(decider, *messages) == []


def test_messages_more_than_a_day_apart_do_not(decider: Decider, story: Story) -> None:
    """But for the first answer, which is late by then."""
    first = story.message()
    story.wait(hours=25)
    (escalated,) = escalations(decider, first, story.message())
    assert [hit.rule for hit in escalated.hits] == ["sla_breached"]


def test_a_message_seen_twice_counts_once(decider: Decider, story: Story) -> None:
    message = story.message()
    assert escalations(decider, message, message, message) == []


def test_a_breach_escalates_to_level_2(decider: Decider, story: Story) -> None:
    story.wait(hours=9)
    (escalated,) = of_type(decider.advance_clocks(story.now), Escalated)
    assert (escalated.level, escalated.hits[0].rule) == (2, "sla_breached")
    assert escalated.hits[0].explanation == "A service-level clock ran out: first_response."


def test_a_warning_does_not(decider: Decider, story: Story) -> None:
    story.wait(hours=7)
    new_events = decider.advance_clocks(story.now)
    assert new_events
    assert of_type(new_events, Escalated) == []


@pytest.mark.parametrize(("asked", "level"), [(None, 1), (1, 1), (3, 3), (5, 5)])
def test_a_request_escalates_to_the_level_asked_for(
    decider: Decider, story: Story, asked: int | None, level: int
) -> None:
    (escalated,) = escalations(decider, story.escalation_requested(asked))
    assert (escalated.level, escalated.hits[0].rule) == (level, "requested")


def test_a_request_for_a_level_reached_does_nothing(decider: Decider, story: Story) -> None:
    decider.decide(story.escalation_requested(2))
    assert escalations(decider, story.escalation_requested(1)) == []
    assert escalations(decider, story.escalation_requested(2)) == []


@pytest.mark.parametrize(("score", "fires"), [(1, True), (2, True), (3, False), (5, False)])
def test_bad_ratings_escalate_even_a_resolved_ticket(
    decider: Decider, story: Story, score: int, *, fires: bool
) -> None:
    made = escalations(decider, story.resolved(), story.rated(score))
    assert [escalated.hits[0].rule for escalated in made] == ["bad_rating"] * fires


def test_a_good_rating_settles_an_escalation(decider: Decider, story: Story) -> None:
    decider.decide(story.escalation_requested())
    (deescalated,) = of_type(decider.decide(story.rated(5)), Deescalated)
    assert deescalated.reason == "good_rating"
    assert decider.process.state.level == 0


def test_a_middling_rating_settles_nothing(decider: Decider, story: Story) -> None:
    decider.decide(story.escalation_requested())
    assert decider.decide(story.rated(3)) == []


def test_a_good_rating_of_a_calm_ticket_says_nothing(decider: Decider, story: Story) -> None:
    assert decider.decide(story.rated(5)) == []
