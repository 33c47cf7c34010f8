"""A ticket's state as the facts that rules read."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from escalation_story import Decider, Story
from pydantic import ValidationError

from deskstream_escalation.domain.facts import Facts, facts_of
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.ticket_state import Breach, Origin, TicketState

ORIGIN = Origin(datetime(2026, 3, 2, tzinfo=UTC), UUID(int=1))


def facts_after(policies: Policies, story: Story) -> dict[str, object]:
    decider = Decider.of(policies, story)
    decider.decide(*story.events)
    return dict(facts_of(decider.process.state))


def test_of_an_unknown_ticket_every_fact_has_its_default() -> None:
    facts = facts_of(TicketState(UUID(int=1)))
    assert facts == vars(Facts())
    assert facts == {
        "open": True, "status": "open", "priority": "normal", "channel": "unknown", "queue": "",
        "tags": [], "level": 0, "unanswered_24h": 0, "sentiment": "unknown",
        "sentiment_score": 0.0, "sentiment_confidence": 0.0, "intent": "unknown",
        "intent_confidence": 0.0, "triage_priority": "unknown", "triage_confidence": 0.0,
        "requested": False, "requested_level": 0, "csat_score": 0, "sla_breached": [],
        "draft_confidence": 0.0, "draft_cautions": [],
    }  # fmt: skip


def test_every_event_of_a_ticket_is_a_fact(policies: Policies) -> None:
    story = Story()
    story.created()
    story.updated(priority="high")
    story.scored("negative", -0.4, 0.7)
    story.triaged("refund", "urgent", 0.8)
    story.drafted(0.6, cautions=("legal",))
    story.escalation_requested(4)
    story.rated(2)
    expected = {
        "open": True, "status": "open", "priority": "high", "channel": "email", "queue": "",
        "unanswered_24h": 1, "sentiment": "negative", "sentiment_score": -0.4,
        "sentiment_confidence": 0.7, "intent": "refund", "intent_confidence": 0.8,
        "triage_priority": "urgent", "triage_confidence": 0.8, "requested": True,
        "requested_level": 4, "csat_score": 2, "draft_confidence": 0.6,
        "draft_cautions": ["legal"], "level": 4,
    }  # fmt: skip
    facts = facts_after(policies, story)
    assert {name: facts[name] for name in expected} == expected


def test_a_resolved_ticket_is_not_open(policies: Policies) -> None:
    story = Story()
    story.created()
    story.resolved()
    facts = facts_after(policies, story)
    assert (facts["open"], facts["status"]) == (False, "resolved")


def test_breached_clocks_are_facts() -> None:
    state = TicketState(UUID(int=1), breach=Breach(ORIGIN, ("resolution",)))
    assert facts_of(state)["sla_breached"] == ["resolution"]


@pytest.mark.parametrize(
    ("name", "most", "beyond"),
    [
        ("queue", "q" * 100, "q" * 101),
        ("tags", ["vip"] * 50, ["vip"] * 51),
        ("level", 5, 6),
        ("level", 0, -1),
        ("requested_level", 5, 6),
        ("requested_level", 0, -1),
        ("unanswered_24h", 0, -1),
        ("sentiment_score", -1.0, -1.1),
        ("sentiment_score", 1.0, 1.1),
        ("csat_score", 5, 6),
        ("csat_score", 0, -1),
        ("sla_breached", ["resolution"] * 3, ["resolution"] * 4),
        ("draft_cautions", ["legal"] * 20, ["legal"] * 21),
        ("open", False, "no"),
    ],
)
def test_a_fact_has_bounds(name: str, most: Any, beyond: Any) -> None:
    assert vars(Facts.model_validate({name: most}))[name] == most
    with pytest.raises(ValidationError):
        Facts.model_validate({name: beyond})


def test_nothing_else_is_a_fact_and_facts_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Facts.model_validate({"mood": "sunny"})
    with pytest.raises(ValidationError):
        Facts().open = False  # type: ignore[misc]  # refused by mypy, and here at run time
