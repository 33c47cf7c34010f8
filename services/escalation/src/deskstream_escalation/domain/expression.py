"""Conditions in CEL, the Common Expression Language: checked at load, bounded when they run.

CEL (https://cel.dev) has no loops without a bound, no side effects and no access to Python; the
checker knows the type of every fact, so a misspelt name or a text compared with a number is refused
when the rules are loaded. docs/decisions/0008-rules.md compares it with its alternatives.
"""

from typing import Any, Literal, get_args, get_origin

from cel_expr_python import cel  # type: ignore[import-untyped]

from deskstream_escalation.domain.facts import Facts, FactValues

Kind = Literal["yes_or_no", "whole_number"]

_SOURCE_MAX_CHARS = 2_000
_RESULT_TYPES: dict[Kind, Any] = {
    "yes_or_no": cel.Type.BOOL,
    "whole_number": cel.Type.INT,
}
_FACT_TYPES = {
    bool: cel.Type.BOOL,
    int: cel.Type.INT,
    float: cel.Type.DOUBLE,
    str: cel.Type.STRING,
    list: cel.Type.List(cel.Type.STRING),
}


class InvalidExpression(ValueError):
    """The text is not a CEL expression over the facts, or not of the type asked for."""


class FailedExpression(RuntimeError):
    """The expression has no value for these facts: it divides by zero, or runs past its bound."""


class Expression:
    """A checked expression. `reads` are the facts it mentions."""

    def __init__(self, source: str, kind: Kind) -> None:
        """Raises `InvalidExpression` with what the checker says, and where."""
        if len(source) > _SOURCE_MAX_CHARS:
            raise InvalidExpression(
                f"it has {len(source)} characters, the limit is {_SOURCE_MAX_CHARS}"
            )
        self.source = source
        self._compiled = _compiled(_EVERY_FACT, source)
        found, wanted = self._compiled.return_type(), _RESULT_TYPES[kind]
        if found != wanted:
            raise InvalidExpression(f"it gives a {found.name()}, a {wanted.name()} is needed")
        self.reads = frozenset(name for name in _TYPES if self._needs(name))

    def value(self, facts: "BoundFacts") -> Any:
        """A bool or int, as checked. Raises `FailedExpression`."""
        try:
            value = self._compiled.eval(facts.activation)
        except RuntimeError as error:
            raise FailedExpression(f"{self.source!r} was stopped: {error}") from None
        if value.type() == cel.Type.ERROR:
            raise FailedExpression(f"{self.source!r} has no value: {value.value()}")
        return value.value()

    def _needs(self, name: str) -> bool:
        """CEL tells no names, so the checker is asked: does it pass where this fact is unknown?"""
        try:
            _WITHOUT_FACT[name].compile(self.source)
        except RuntimeError:
            return True
        return False


class BoundFacts:
    """Facts made ready once, for many expressions."""

    def __init__(self, facts: FactValues) -> None:
        self.activation = _EVERY_FACT.Activation(facts)


def _compiled(environment: Any, source: str) -> Any:
    try:
        return environment.compile(source)
    except RuntimeError as error:
        raise InvalidExpression(str(error)) from None


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


_TYPES = {name: _type_of(field.annotation) for name, field in Facts.model_fields.items()}
_EVERY_FACT = cel.NewEnv(variables=_TYPES)
_WITHOUT_FACT = {
    left_out: cel.NewEnv(
        variables={name: kind for name, kind in _TYPES.items() if name != left_out}
    )
    for left_out in _TYPES
}
