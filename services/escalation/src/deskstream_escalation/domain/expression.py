"""Expressions over facts, as rules use them; `adapters/rule_compiler.py` makes them of text."""

from typing import Protocol

from deskstream_escalation.domain.facts import FactValues


class FailedExpression(RuntimeError):
    """The expression has no value for these facts: it divides by zero, or runs past its bound."""


class Expression(Protocol):
    """A checked expression. `reads` are the names of the facts in it."""

    @property
    def source(self) -> str: ...

    @property
    def reads(self) -> frozenset[str]: ...

    def value(self, facts: FactValues) -> bool | int:
        """A yes or no, or a whole number, as checked. Raises `FailedExpression`."""
        ...
