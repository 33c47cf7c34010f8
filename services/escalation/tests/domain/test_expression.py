"""Conditions are checked when they are loaded, and bounded when they run."""

import pytest

from deskstream_escalation.domain.expression import (
    BoundFacts,
    Expression,
    FailedExpression,
    InvalidExpression,
)
from deskstream_escalation.domain.facts import TOPIC_OF, Facts


def holds(source: str, facts: Facts) -> object:
    return Expression(source, "yes_or_no").value(BoundFacts(vars(facts)))


def test_a_condition_over_facts() -> None:
    source = 'sentiment == "negative" && "vip" in tags && sentiment_score < -0.5'
    assert holds(source, Facts(sentiment="negative", tags=["vip"], sentiment_score=-0.6)) is True
    assert holds(source, Facts(sentiment="negative", sentiment_score=-0.6)) is False


def test_it_knows_what_it_reads() -> None:
    expression = Expression('"priority" != queue && tags.exists(t, t == "level")', "yes_or_no")
    assert expression.reads == {"queue", "tags"}


def test_every_fact_can_be_read_and_has_a_topic() -> None:
    assert TOPIC_OF.keys() == Facts.model_fields.keys()
    for name in Facts.model_fields:
        assert Expression(f"{name} == {name}", "yes_or_no").reads == {name}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("sentimnt == 'x'", "undeclared reference to 'sentimnt'"),
        ("level == 'three'", "no matching overload for '_==_'"),
        ("level >= ", "Syntax error"),
        ("level + 1", "gives a INT, a BOOL is needed"),
        ("open && " * 300 + "open", "the limit is 2000"),
        ("(" * 300 + "open" + ")" * 300, "recursion limit"),
        ("__import__('os').system('true') == 0", "undeclared reference"),
        ("open.__class__ == open", "cannot be the operand of a select"),
    ],
)
def test_what_is_refused(source: str, says: str) -> None:
    with pytest.raises(InvalidExpression) as refused:
        Expression(source, "yes_or_no")
    assert says in str(refused.value)


def test_no_value_is_an_error_with_the_source() -> None:
    with pytest.raises(FailedExpression, match="10 / level"):
        holds("10 / level > 1", Facts())


def test_an_expression_that_would_run_for_ever_is_stopped() -> None:
    numbers = "[" + ",".join(["1"] * 100) + "]"
    nested = f"{numbers}.all(a, {numbers}.all(b, {numbers}.all(c, {numbers}.all(d, open))))"
    with pytest.raises(FailedExpression, match="budget"):
        holds(nested, Facts())
