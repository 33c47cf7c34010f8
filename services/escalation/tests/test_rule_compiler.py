"""Conditions are checked when they are loaded, and bounded when they run."""

import pytest

from deskstream_escalation.adapters.rule_compiler import InvalidExpression, RuleCompiler
from deskstream_escalation.domain.facts import TOPIC_OF, Facts
from deskstream_escalation.domain.rule import FailedExpression


@pytest.fixture(scope="module")
def compiler() -> RuleCompiler:
    return RuleCompiler()


def holds(compiler: RuleCompiler, source: str, facts: Facts) -> bool:
    return compiler.compile(source, "yes_or_no").value(vars(facts)) is True


def test_a_condition_over_facts(compiler: RuleCompiler) -> None:
    source = 'sentiment == "negative" && "vip" in tags && sentiment_score < -0.5'
    negative = Facts(sentiment="negative", sentiment_score=-0.6)
    assert holds(compiler, source, negative.model_copy(update={"tags": ["vip"]})) is True
    assert holds(compiler, source, negative) is False


def test_it_knows_what_it_reads(compiler: RuleCompiler) -> None:
    expression = compiler.compile(
        '"priority" != queue && tags.exists(t, t == "level")', "yes_or_no"
    )
    assert expression.reads == {"queue", "tags"}


def test_every_fact_can_be_read_and_has_a_topic(compiler: RuleCompiler) -> None:
    assert TOPIC_OF.keys() == Facts.model_fields.keys()
    for name in Facts.model_fields:
        assert compiler.compile(f"{name} == {name}", "yes_or_no").reads == {name}


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
def test_what_is_refused(compiler: RuleCompiler, source: str, says: str) -> None:
    with pytest.raises(InvalidExpression) as refused:
        compiler.compile(source, "yes_or_no")
    assert says in str(refused.value)


def test_no_value_is_an_error_with_the_source(compiler: RuleCompiler) -> None:
    with pytest.raises(FailedExpression, match="10 / level"):
        holds(compiler, "10 / level > 1", Facts())


def test_an_expression_that_would_run_for_ever_is_stopped(compiler: RuleCompiler) -> None:
    numbers = "[" + ",".join(["1"] * 100) + "]"
    nested = f"{numbers}.all(a, {numbers}.all(b, {numbers}.all(c, {numbers}.all(d, open))))"
    with pytest.raises(FailedExpression, match="budget"):
        holds(compiler, nested, Facts())
