"""Rules: what they read, when they fire, and what they say."""

from dataclasses import replace
from typing import Any

import pytest
from escalation_rules import Given, rule

from deskstream_contracts.events.escalation import LEVELS
from deskstream_escalation.domain.facts import Facts, FactValues
from deskstream_escalation.domain.rule import (
    Action,
    AutoApprove,
    Deescalate,
    Escalate,
    Explanation,
    InvalidExplanation,
    RuleBook,
)


def facts(**known: Any) -> FactValues:
    return vars(Facts()) | known


def test_an_explanation_has_the_facts_in_words() -> None:
    words = Explanation("{tags}: {sentiment}, {sentiment_score:.1f}, {{level}} {level}").words
    known = facts(tags=["vip", "early"], sentiment="negative", sentiment_score=-0.44, level=2)
    assert words(known) == "vip, early: negative, -0.4, {level} 2"


def test_an_explanation_is_cut_to_what_an_event_holds() -> None:
    assert Explanation("x" * 500).words(facts()) == "x" * 500
    assert Explanation("x" * 501).words(facts()) == "x" * 500


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{mood}", "'mood' in braces is not a fact"),
        ("{}", "'' in braces is not a fact"),
        ("{sentiment.label}", "'sentiment.label' in braces is not a fact"),
        ("{level:{level}}", "has braces"),
        ("{level:q}", "Unknown format code"),
        ("{level", "expected '}'"),
        ("level}", "Single '}'"),
    ],
)
def test_an_explanation_with_anything_else_in_braces_is_refused(template: str, reason: str) -> None:
    with pytest.raises(InvalidExplanation, match=reason):
        Explanation(template)


def test_a_rule_is_about_the_topics_that_it_reads() -> None:
    assert rule(reads="sentiment").topics == {"sentiment"}
    assert rule(reads="csat_score level").topics == {"rating", "ticket"}


def test_an_approval_depends_on_all_that_it_is_allowed_by() -> None:
    approving = rule(then=AutoApprove(), reads="csat_score")
    expected = {"ticket", "conversation", "sentiment", "triage", "draft", "rating"}
    assert approving.topics == expected


def test_rules_are_judged_where_they_read_a_topic() -> None:
    sentiment, rating = rule(reads="sentiment"), rule(reads="csat_score level")
    book = RuleBook("1", (sentiment, rating))
    assert book.about(frozenset({"sentiment", "draft"})) == RuleBook("1", (sentiment,))
    assert book.about(frozenset({"ticket"})) == RuleBook("1", (rating,))
    assert book.about(frozenset()).rules == ()


def test_rules_whose_conditions_hold_fire_in_their_order() -> None:
    book = RuleBook("1", (rule(name="a"), rule(when=False, name="b"), rule(name="c")))
    fired = list(book.fired(facts(sentiment="negative")))
    assert [each.rule.name for each in fired] == ["a", "c"]
    assert [each.explanation for each in fired] == ["Sounds negative."] * 2


@pytest.mark.parametrize(
    ("asked", "level"),
    [(-7, LEVELS[0]), (0, 1), (1, 1), (3, 3), (5, 5), (6, LEVELS[-1]), (99, 5)],
)
def test_a_computed_level_is_kept_within_bounds(asked: int, level: int) -> None:
    escalating = rule(then=Escalate(Given(asked), None, None))
    (fired,) = RuleBook("1", (escalating,)).fired(facts())
    assert fired.level == level


@pytest.mark.parametrize("then", [Deescalate(), AutoApprove()])
def test_a_rule_that_does_not_escalate_has_no_level(then: Action) -> None:
    (fired,) = RuleBook("1", (replace(rule(), then=then),)).fired(facts())
    assert fired.level == 0
