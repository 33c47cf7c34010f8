"""A rule: its condition, its action, and its explanation in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Protocol

from deskstream_contracts.events.escalation import LEVELS
from deskstream_contracts.events.ticket import Priority
from deskstream_escalation.domain.facts import TOPIC_OF, Facts, FactValues
from deskstream_escalation.domain.ticket_state import Topic

_EXPLANATION_MAX_CHARS = 500


class FailedExpression(RuntimeError):
    """An expression has no value for these facts: it divides by zero, or runs past its bound."""


class Expression(Protocol):
    """A checked expression over facts; `reads` are their names. `RuleCompiler` makes it of text."""

    source: str
    reads: frozenset[str]

    def value(self, facts: FactValues) -> bool | int:
        """A yes or no, or a whole number, as checked. Raises `FailedExpression`."""
        ...


class InvalidExplanation(ValueError):
    """An explanation has a name that is not a fact, or formats a fact wrongly."""


@dataclass(frozen=True, slots=True)
class Escalate:
    """Raise the ticket to `level`; the priority and queue are proposed with it."""

    level: Expression
    priority: Priority | None
    queue: str | None


@dataclass(frozen=True, slots=True)
class AutoApprove:
    """Let the draft go out without a person."""


@dataclass(frozen=True, slots=True)
class Deescalate:
    """All is well: what was escalated until now is settled."""


Action = Escalate | AutoApprove | Deescalate

_TOPICS_OF_APPROVAL: frozenset[Topic] = frozenset(
    {"ticket", "conversation", "sentiment", "triage", "draft"}
)


class Explanation:
    """A sentence with facts in braces: `The customer sounds {sentiment}.`"""

    def __init__(self, template: str) -> None:
        """Raises `InvalidExplanation`."""
        self.template = template
        try:
            for _, name, how, _ in Formatter().parse(template):
                if name is not None and name not in TOPIC_OF:
                    raise InvalidExplanation(f"{name!r} in braces is not a fact")
                if how and "{" in how:
                    raise InvalidExplanation(f"the format {how!r} of {name!r} has braces")
            self.words(vars(Facts()))
        except (ValueError, TypeError) as error:
            raise InvalidExplanation(str(error)) from None

    def words(self, facts: FactValues) -> str:
        """The sentence for these facts, cut to what an event may hold."""
        words = {
            name: ", ".join(value) if isinstance(value, list) else value
            for name, value in facts.items()
        }
        return self.template.format_map(words)[:_EXPLANATION_MAX_CHARS]


@dataclass(frozen=True)
class Rule:
    """One entry of the rules file."""

    name: str
    when: Expression
    then: Action
    because: Explanation

    @cached_property
    def topics(self) -> frozenset[Topic]:
        """The topics that its condition reads and its action depends on."""
        read = frozenset(TOPIC_OF[name] for name in self.when.reads)
        return read | _TOPICS_OF_APPROVAL if isinstance(self.then, AutoApprove) else read


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule whose condition holds. `level` is 0 unless it escalates."""

    rule: Rule
    explanation: str
    level: int


@dataclass(frozen=True)
class RuleBook:
    """All rules in force. `version` is the hash of the file they came from."""

    version: str
    rules: tuple[Rule, ...]

    def about(self, topics: frozenset[Topic]) -> "RuleBook":
        """The rules that read any of these topics."""
        return RuleBook(self.version, tuple(rule for rule in self.rules if rule.topics & topics))

    def fired(self, facts: FactValues) -> Iterator[FiredRule]:
        """The rules whose conditions hold, in the file's order. Raises `FailedExpression`."""
        for rule in self.rules:
            if rule.when.value(facts):
                yield FiredRule(rule, rule.because.words(facts), _level(rule, facts))


def _level(rule: Rule, facts: FactValues) -> int:
    """A level computed from facts is kept within bounds: the file's check sees only constants."""
    if not isinstance(rule.then, Escalate):
        return 0
    return int(min(max(rule.then.level.value(facts), LEVELS[0]), LEVELS[-1]))
