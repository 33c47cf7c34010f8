"""Given what happened, when a command comes, then this follows: tests of pure decisions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")


@dataclass(frozen=True)
class Decider(Generic[S, C, E]):
    """A domain as three pure things: what to do, what it leads to, where it starts."""

    decide: Callable[[S, C], Iterable[E]]
    evolve: Callable[[S, E], S]
    initial: S


@dataclass(frozen=True)
class Decided(Generic[E]):
    """The events that a decision led to, or the error by which it was refused."""

    events: Sequence[E] = ()
    error: Exception | None = None

    def then(self, *expected: E) -> None:
        """Exactly these events follow."""
        assert self.error is None, f"refused: {self.error!r}"
        assert list(self.events) == list(expected)

    def then_nothing(self) -> None:
        """No event follows, and nothing is refused."""
        self.then()

    def then_refused(self, error_type: type[Exception]) -> Exception:
        """The command is refused with this error, which is returned to be looked at."""
        assert isinstance(self.error, error_type), f"not refused so: {self}"
        return self.error


@dataclass(frozen=True)
class Given(Generic[S, C, E]):
    """A history, waiting for a command."""

    decider: Decider[S, C, E]
    history: Sequence[E]

    def when(self, command: C) -> Decided[E]:
        """Decides the command on the state the history leads to."""
        state = reduce(self.decider.evolve, self.history, self.decider.initial)
        try:
            return Decided(list(self.decider.decide(state, command)))
        except Exception as error:
            return Decided(error=error)


def given(decider: Decider[S, C, E], *history: E) -> Given[S, C, E]:
    return Given(decider, history)
