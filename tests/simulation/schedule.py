"""Schedules: what is asked, what goes wrong, and in which order. All of it follows from a seed."""

from collections.abc import Callable
from random import Random
from typing import Literal, NamedTuple, TypeAlias

from simulation.memory import Fault

ServiceName = Literal["ingest", "escalation", "projection"]
SERVICES: tuple[ServiceName, ...] = ("ingest", "escalation", "projection")
STEPS_LEAST = 30
STEPS_MOST = 45

_FOCUS: tuple[ServiceName, ...] = (*SERVICES, "escalation")
"""Escalation twice: beside what the others do it advances clocks."""
_REBUILT: tuple[ServiceName, ...] = ("escalation", "projection")
_WISHES = ("inbound", "answer", "note", "resolve", "reopen", "urgent", "low")
_PRIORITIES = ("low", "normal", "high", "urgent")
_FAULTS: tuple[Fault, ...] = (
    *("none",) * 6,
    "refused",
    "unheard",
    "killed before",
    "killed after",
)
_BROKEN = (0, 1, 2, None)
_SECONDS = (0, 1, 7, 60, 1_700, 1_900, 7_300, 28_000, 90_000)
_MUCH = 100
_BATCHES = (1, 1, 2, 4, _MUCH, _MUCH)
_ROWS = (1, 2, 3, 6, _MUCH, _MUCH)
_KEEP_POSITIONS = 12
"""Which of the partitions that have records is read first: more than there mostly are."""


class Ask(NamedTuple):
    """Somebody asks ingest something about a ticket; the first wish of all creates it."""

    ticket: int
    wish: str
    fault: Fault


class Judge(NamedTuple):
    """A model's judgement of a ticket reaches the log, however late."""

    ticket: int
    priority: str


class Spoil(NamedTuple):
    """Records that nobody can read reach the partition of a ticket in a topic."""

    topic: int
    ticket: int
    number: int


class Deliver(NamedTuple):
    """A process reads up to `most` records, from partition number `first` on, handles them."""

    service: ServiceName
    process: int
    first: int
    most: int
    fault: Fault


class Freeze(NamedTuple):
    """A process has read records and stands still: the other one gets its partitions.

    Its next `Deliver` continues with the batch in hand.
    """

    service: ServiceName
    process: int
    first: int
    most: int


class Send(NamedTuple):
    """A process's relay sends up to `most` rows, and may be killed then."""

    service: ServiceName
    process: int
    most: int
    killed: bool


class Look(NamedTuple):
    """Watermarks are read, and a process of escalation looks at the clocks."""

    process: int
    fault: Fault


class Wait(NamedTuple):
    """Time jumps."""

    seconds: int


class Kill(NamedTuple):
    """A process is killed and started again."""

    service: ServiceName
    process: int


class Move(NamedTuple):
    """Partitions change hands: all to process 0 or 1, or shared (2). All are revoked before."""

    service: ServiceName
    to: int


class Break(NamedTuple):
    """A service cannot handle a topic's events of a ticket, or of any (None), until fixed."""

    service: ServiceName
    ticket: int | None
    topic: int


class Mend(NamedTuple):
    """It can again, and somebody asks that the parked tickets be replayed."""

    service: ServiceName


class Replay(NamedTuple):
    """A process handles parked records that were asked for, up to this number."""

    service: ServiceName
    process: int
    most: int


class Rebuild(NamedTuple):
    """A service gets a new database and reads the log from its beginning."""

    service: ServiceName


class Restore(NamedTuple):
    """A service's database is set back by some commits."""

    service: ServiceName
    back: int


Step: TypeAlias = (
    Ask | Judge | Spoil | Deliver | Freeze | Send | Look | Wait | Kill | Move | Break | Mend
    | Replay | Rebuild | Restore
)  # fmt: skip
Schedule: TypeAlias = tuple[Step, ...]


class _Dice:
    """Choices that follow from a seed. One cheap draw each: schedules are made by the thousand.

    Most of what befalls services befalls one of them: troubles must meet to be trouble.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._focus = _FOCUS[self.below(4)]

    def below(self, number: int) -> int:
        return int(self.random.random() * number)

    def upto(self, number: int) -> int:
        return 1 + self.below(number)

    @property
    def service(self) -> ServiceName:
        return self._focus if self.below(3) else SERVICES[self.below(3)]

    @property
    def sender(self) -> ServiceName:
        return "ingest" if self.below(2) else self.service

    @property
    def batch(self) -> int:
        return _BATCHES[self.below(len(_BATCHES))]

    @property
    def rows(self) -> int:
        return _ROWS[self.below(len(_ROWS))]

    @property
    def fault(self) -> Fault:
        return _FAULTS[self.below(len(_FAULTS))]


_MAKE: dict[Callable[[_Dice], Step], tuple[int, int]] = {
    lambda d: Ask(d.below(3), _WISHES[d.below(len(_WISHES))], d.fault): (10, 14),
    lambda d: Judge(d.below(3), _PRIORITIES[d.below(4)]): (2, 3),
    lambda d: Spoil(d.below(6), d.below(3), d.upto(5)): (0, 2),
    lambda d: Deliver(d.service, d.below(2), d.below(_KEEP_POSITIONS), d.batch, d.fault): (4, 26),
    lambda d: Freeze(d.service, d.below(2), d.below(_KEEP_POSITIONS), d.batch): (0, 12),
    lambda d: Send(d.sender, d.below(2), d.rows, d.below(6) == 0): (8, 16),
    lambda d: Look(d.below(2), d.fault): (0, 10),
    lambda d: Wait(_SECONDS[d.below(len(_SECONDS))]): (2, 6),
    lambda d: Kill(d.service, d.below(2)): (0, 3),
    lambda d: Move(d.service, d.below(3)): (0, 6),
    lambda d: Break(d.service, _BROKEN[d.below(4)], d.below(6)): (1, 4),
    lambda d: Mend(d.service): (0, 3),
    lambda d: Replay(d.service, d.below(2), d.upto(4)): (0, 6),
    lambda d: Rebuild(_REBUILT[d.below(2)]): (0, 1),
    lambda d: Restore(_REBUILT[d.below(2)], d.upto(8)): (0, 2),
}
"""How each kind of step is drawn, and its share of the first steps and of all others.

First there is much asked and sent, as nothing can go wrong where there is nothing.
"""
_KINDS = tuple(_MAKE)
_FIRST_SHARES, _SHARES = zip(*_MAKE.values(), strict=True)
_FIRST = 10


def schedule_of(seed: int) -> Schedule:
    """The schedule of a seed: the same on every machine, in every process."""
    dice = _Dice(seed)
    number = STEPS_LEAST + dice.below(STEPS_MOST - STEPS_LEAST + 1)
    first = dice.random.choices(_KINDS, _FIRST_SHARES, k=_FIRST)
    others = dice.random.choices(_KINDS, _SHARES, k=number - _FIRST)
    return tuple(make(dice) for make in first + others)
