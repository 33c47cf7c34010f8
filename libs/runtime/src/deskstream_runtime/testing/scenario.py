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


class Decided(Generic[E]):
    """The events that a decision led to, or the error by which it was refused."""

    def __init__(self, events: Sequence[E] | None, error: Exception | None) -> None:
        self._events = events
        self._error = error

    def then(self, *expected: E) -> None:
        """Exactly these events follow."""
        assert self._error is None, f"refused: {self._error!r}"
        assert list(self._events or ()) == list(expected)

    def then_nothing(self) -> None:
        """No event follows, and nothing is refused."""
        self.then()

    def then_refused(self, error_type: type[Exception]) -> Exception:
        """The command is refused with this error, which is returned to be looked at."""
        assert isinstance(self._error, error_type), (
            f"not refused so: {self._events!r} {self._error!r}"
        )
        return self._error


class Given(Generic[S, C, E]):
    """A history, waiting for a command."""

    def __init__(self, decider: Decider[S, C, E], history: Sequence[E]) -> None:
        self._decider = decider
        self._history = history

    def when(self, command: C) -> Decided[E]:
        """Decides the command on the state the history leads to."""
        state = reduce(self._decider.evolve, self._history, self._decider.initial)
        try:
            return Decided(list(self._decider.decide(state, command)), None)
        except Exception as error:
            return Decided(None, error)


def given(decider: Decider[S, C, E], *history: E) -> Given[S, C, E]:
    """Starts a scenario from what happened before."""
    return Given(decider, history)
