"""Rules' expressions in CEL, the Common Expression Language: checked at load, bounded at run.

CEL (https://cel.dev) has no loops without a bound, no side effects and no access to Python; the
checker knows the type of every fact, so a misspelt name or a text compared with a number is refused
when the rules are loaded. docs/decisions/0008-rules.md compares it with its alternatives.
"""

from typing import Any, Literal, get_args, get_origin

from cel_expr_python import cel  # type: ignore[import-untyped]

from deskstream_escalation.domain.facts import Facts, FactValues
from deskstream_escalation.domain.rule import FailedExpression

Kind = Literal["yes_or_no", "whole_number"]

_SOURCE_MAX_CHARS = 2_000
_RESULT_TYPES: dict[Kind, Any] = {"yes_or_no": cel.Type.BOOL, "whole_number": cel.Type.INT}
_FACT_TYPES = {
    bool: cel.Type.BOOL,
    int: cel.Type.INT,
    float: cel.Type.DOUBLE,
    str: cel.Type.STRING,
    list: cel.Type.List(cel.Type.STRING),
}


class InvalidExpression(ValueError):
    """The text is not a CEL expression over the facts, or not of the type asked for."""


class CelExpression:
    def __init__(self, source: str, compiled: Any, reads: frozenset[str]) -> None:
        self.source = source
        self.reads = reads
        self._compiled = compiled

    def value(self, facts: FactValues) -> bool | int:
        """A yes or no, or a whole number, as checked. Raises `FailedExpression`."""
        read = {name: facts[name] for name in self.reads}
        try:
            value = self._compiled.eval(data=read)
        except RuntimeError as error:
            raise FailedExpression(f"{self.source!r} was stopped: {error}") from None
        if value.type() == cel.Type.ERROR:
            raise FailedExpression(f"{self.source!r} has no value: {value.value()}")
        result: bool | int = value.value()
        return result


class RuleCompiler:
    """Compiles expressions over `Facts`."""

    def __init__(self) -> None:
        types = {name: _type_of(field.annotation) for name, field in Facts.model_fields.items()}
        self._every_fact = cel.NewEnv(variables=types)
        self._without = {
            left_out: cel.NewEnv(
                variables={name: kind for name, kind in types.items() if name != left_out}
            )
            for left_out in types
        }

    def compile(self, source: str, kind: Kind) -> CelExpression:
        """Raises `InvalidExpression` with what the checker says, and where."""
        if len(source) > _SOURCE_MAX_CHARS:
            raise InvalidExpression(
                f"it has {len(source)} characters, the limit is {_SOURCE_MAX_CHARS}"
            )
        try:
            compiled = self._every_fact.compile(source)
        except RuntimeError as error:
            raise InvalidExpression(str(error)) from None
        found, wanted = compiled.return_type(), _RESULT_TYPES[kind]
        if found != wanted:
            raise InvalidExpression(f"it gives a {found.name()}, a {wanted.name()} is needed")
        reads = frozenset(name for name in self._without if self._needs(name, source))
        return CelExpression(source, compiled, reads)

    def _needs(self, name: str, source: str) -> bool:
        """CEL lists no names, so the checker is asked: does it pass where this fact is unknown?"""
        try:
            self._without[name].compile(source)
        except RuntimeError:
            return True
        return False


def _type_of(annotation: Any) -> Any:
    """The CEL type of a field of `Facts`; words from a closed list are text."""
    if annotation in _FACT_TYPES:
        return _FACT_TYPES[annotation]
    if get_origin(annotation) is list:
        return _FACT_TYPES[list]
    members = get_args(annotation)
    if members and all(isinstance(member, str) for member in members):
        return _FACT_TYPES[str]
    (kind,) = {type(word) for member in members for word in get_args(member)}
    return _FACT_TYPES[kind]
