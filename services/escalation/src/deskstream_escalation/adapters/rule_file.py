"""The rules file into the rule book."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from deskstream_contracts.events.escalation import EscalationLevel
from deskstream_contracts.events.ticket import Priority
from deskstream_contracts.model import Code
from deskstream_escalation.adapters import toml_file
from deskstream_escalation.adapters.rule_compiler import InvalidExpression, Kind, RuleCompiler
from deskstream_escalation.adapters.toml_file import InvalidFile
from deskstream_escalation.domain.rule import (
    Action,
    AutoApprove,
    Deescalate,
    Escalate,
    Explanation,
    Expression,
    InvalidExplanation,
    Rule,
    RuleBook,
)

_RULES_MAX = 200


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Escalate(_Entry):
    level: EscalationLevel | str
    priority: Priority | None = None
    queue: Code | None = None


class _Then(_Entry):
    escalate: _Escalate | None = None
    deescalate: Literal[True] | None = None
    auto_approve: Literal[True] | None = None

    @model_validator(mode="after")
    def _is_one_action(self) -> "_Then":
        given = [self.escalate, self.deescalate, self.auto_approve]
        if sum(action is not None for action in given) != 1:
            raise ValueError("give exactly one of escalate, deescalate, auto_approve")
        return self


class _Rule(_Entry):
    name: Code
    when: str
    because: str
    then: _Then


class _RuleFile(_Entry):
    rule: Annotated[list[_Rule], Field(min_length=1, max_length=_RULES_MAX)]


def load_rules(path: Path, compiler: RuleCompiler) -> RuleBook:
    """Reads and checks the rules. Raises `InvalidFile`, which names file, rule and field."""
    contents = toml_file.read(path)
    rules: dict[str, Rule] = {}
    for entry in toml_file.parse(contents, _RuleFile).rule:
        where = f"{path}: rule {entry.name!r}"
        if entry.name in rules:
            raise InvalidFile(f"{where}: another rule has this name already, give it its own")
        rules[entry.name] = _rule(entry, compiler, where)
    return RuleBook(contents.version, tuple(rules.values()))


def _rule(entry: _Rule, compiler: RuleCompiler, where: str) -> Rule:
    when = _expression(entry.when, "yes_or_no", compiler, f"{where}: when")
    if not when.reads:
        raise InvalidFile(f"{where}: when: it reads no fact, so it would never be judged")
    try:
        because = Explanation(entry.because)
    except InvalidExplanation as error:
        raise InvalidFile(f"{where}: because: {error}") from None
    return Rule(entry.name, when, _action(entry.then, compiler, where), because)


def _action(then: _Then, compiler: RuleCompiler, where: str) -> Action:
    if then.escalate is None:
        return AutoApprove() if then.auto_approve else Deescalate()
    where = f"{where}: then.escalate.level"
    level = _expression(str(then.escalate.level), "whole_number", compiler, where)
    return Escalate(level, then.escalate.priority, then.escalate.queue)


def _expression(source: str, kind: Kind, compiler: RuleCompiler, where: str) -> Expression:
    try:
        return compiler.compile(source, kind)
    except InvalidExpression as error:
        raise InvalidFile(f"{where}: {error}") from None
