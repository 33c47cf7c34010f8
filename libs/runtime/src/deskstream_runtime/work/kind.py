"""Slow or external work, as a service describes it. `pool` does it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from uuid import UUID

from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction

R = TypeVar("R")

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LeasedWork:
    """A row this process holds until `leased_until`. `attempt` counts from 1."""

    id: UUID
    kind: str
    subject: UUID
    payload: str
    attempt: int
    lease: UUID
    leased_until: datetime
    share: UUID | None = None


@dataclass(frozen=True, slots=True)
class Finished(Generic[R]):
    """Work that was performed, and its result."""

    work: LeasedWork
    result: R


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Work whose last attempt failed, and why."""

    work: LeasedWork
    error: Exception


class RetryLater(Exception):
    """Raised by `perform`: not now, try again in `after_s` seconds (it counts as an attempt).

    `about` is what the log should name besides: ids and codes, nothing personal.
    """

    def __init__(self, after_s: float, why: str, about: Mapping[str, object] = _NOTHING) -> None:
        super().__init__(why)
        self.after_s = after_s
        self.about = about


class NeverRetry(Exception):
    """Raised by `perform`: no further attempt can succeed, give up now. `about`: for the log."""

    def __init__(self, why: str, about: Mapping[str, object] = _NOTHING) -> None:
        super().__init__(why)
        self.about = about


class AttemptsSpent(Exception):
    """The error of work given up because its last attempts ended with their process.

    Whether the outside world was reached is not known.
    """


@dataclass(frozen=True, slots=True)
class Shares:
    """Recipients that get no slot now (`resting`), or only one (`suspect`).

    The suspects together get no more than half of all slots.
    """

    resting: Collection[UUID] = ()
    suspect: Collection[UUID] = ()


@dataclass(frozen=True)
class WorkKind(Generic[R]):
    """How one kind of work is done.

    `perform` may call the outside world; it holds no transaction and may be run again after a
    crash. `finish` and `give_up` run in the transaction that removes the rows, many rows at a time.
    Rows of one subject are performed in the order they were stored, one at a time.

    An attempt counts when it begins, so that work which kills its process is not tried for ever.
    One that a drain interrupts does not count: the work is due at once for the next process.
    After `attempts_max` the work is given up, also when it was `finish` that failed; a `give_up`
    that fails is tried again every `retry_max_s`.

    With `shares`, all work of the kind names its share (`Work.share`), and no share can take all
    slots: see the module `shares`.
    """

    name: str
    perform: Callable[[LeasedWork], Awaitable[R]]
    finish: Callable[[Transaction, Sequence[Finished[R]]], Awaitable[Effects]]
    give_up: Callable[[Transaction, Sequence[GivenUp]], Awaitable[Effects]]
    concurrency_max: int = 16
    attempts_max: int = 5
    timeout_s: float = 15.0
    retry_first_s: float = 1.0
    retry_max_s: float = 300.0
    shares: Callable[[], Shares] | None = None


@dataclass(frozen=True, slots=True)
class Postponed:
    """Work whose attempt failed and that is due again at `due_at`. `error` names its kind."""

    work: LeasedWork
    due_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Work stopped in the middle because its process ends. It is due at once, as if never begun."""

    work: LeasedWork


Outcome = Finished[Any] | GivenUp | Postponed | Interrupted
"""The outcome of one attempt."""
