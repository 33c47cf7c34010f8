"""Rules whose conditions hold or not, whatever the facts are."""

from dataclasses import dataclass

from deskstream_escalation.domain.facts import FactValues
from deskstream_escalation.domain.rule import Action, Deescalate, Escalate, Explanation, Rule


@dataclass
class Given:
    """An expression that has this value."""

    given: bool | int
    reads: frozenset[str] = frozenset({"sentiment"})
    source: str = "given"

    def value(self, facts: FactValues) -> bool | int:
        return self.given


def rule(
    when: bool = True, then: Action | None = None, *, reads: str = "sentiment", name: str = "rule"
) -> Rule:
    """A rule about the facts of these names, which deescalates unless it does something else."""
    condition = Given(when, frozenset(reads.split()))
    return Rule(name, condition, then or Deescalate(), Explanation("Sounds {sentiment}."))


def escalating(name: str, level: int, reads: str = "sentiment") -> Rule:
    """A rule that escalates to this level."""
    return rule(then=Escalate(Given(level), None, None), reads=reads, name=name)
