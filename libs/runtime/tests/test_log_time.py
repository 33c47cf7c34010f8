"""Log time never passes anything unhandled, however writers, relay and readers interleave."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from aiokafka import TopicPartition

from deskstream_runtime.consuming.log_time import KnownTime, ReadUpTo
from deskstream_runtime.outbox.watermark import PendingWatermark

START = datetime(2026, 3, 2, tzinfo=UTC)
PLACES = [TopicPartition("ticket.message_added", number) for number in range(3)]
ANSWERS = PLACES[1]


def read_up_to(second: int, end: int) -> ReadUpTo:
    return ReadUpTo(START + timedelta(seconds=second), {ANSWERS: end})


def test_a_mark_counts_once_all_partitions_are_handled_to_its_ends() -> None:
    known = KnownTime(wanted=ReadUpTo(START, {ANSWERS: 5, PLACES[0]: 0}))
    assert known.at({ANSWERS: 4}).reached is None
    reached = known.at({ANSWERS: 5}).reached
    assert reached is not None
    assert reached.until == START


def test_a_mark_that_is_waited_for_is_not_replaced_by_later_ones() -> None:
    known = KnownTime(wanted=read_up_to(1, 5))
    assert not known.wants(START + timedelta(seconds=2))
    assert known.at({ANSWERS: 5}).wants(START + timedelta(seconds=2))


def test_an_older_mark_is_passed_over() -> None:
    known = KnownTime(reached=read_up_to(2, 5))
    assert not known.wants(START + timedelta(seconds=1))


def test_a_database_that_was_set_back_knows_no_time() -> None:
    known = KnownTime(reached=read_up_to(2, 5))
    assert known.at({ANSWERS: 4}).reached is None
    assert known.at({}).reached is None


def test_a_mark_is_published_with_the_last_row_that_was_there() -> None:
    mark = PendingWatermark(START, last_seq=7)
    assert not mark.is_published(6)
    assert mark.is_published(7)
    assert mark.is_published(None)


@dataclass
class Writer:
    """A transaction of the writer's database: begun, perhaps decided, not yet committed."""

    begun_at: datetime
    decided: list[tuple[int, datetime, TopicPartition]] = field(default_factory=list)


class TimePassedAnEvent(AssertionError):
    """Clocks got a time though an event that was decided before it is not known."""


class World:
    """Writers, a relay that may crash, two readers sharing positions, a database set back.

    Each step is one of these at random; after each, no reader may know a time that is later than
    something it does not know.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.now = START
        self.seq = 0
        self.writers: list[Writer] = []
        self.outbox: dict[int, tuple[datetime, TopicPartition]] = {}
        self.log: dict[TopicPartition, list[tuple[int, datetime]]] = {place: [] for place in PLACES}
        self.marks: list[datetime] = []
        self.mark: PendingWatermark | None = None
        self.positions: dict[TopicPartition, int] = {}
        self.readers = [KnownTime(), KnownTime()]
        self.reached = 0

    def run(self, steps: int) -> None:
        acts = (
            self.time_passes, self.transaction_begins, self.transaction_decides,
            self.transaction_ends, self.relay_looks, self.relay_sends, self.relay_crashes,
            self.a_reader_handles, self.a_reader_handles, self.a_reader_hears_a_mark,
        )  # fmt: skip
        for _ in range(steps):
            self.random.choice(acts)()
            if self.random.random() < 0.01:
                self.positions.pop(self.random.choice(PLACES), None)
            self.look()

    def time_passes(self) -> None:
        self.now += timedelta(seconds=1)

    def transaction_begins(self) -> None:
        self.writers.append(Writer(self.now))

    def transaction_decides(self) -> None:
        if self.writers:
            self.seq += 1
            place = self.random.choice(PLACES)
            self.random.choice(self.writers).decided.append((self.seq, self.now, place))

    def transaction_ends(self) -> None:
        if self.writers:
            writer = self.writers.pop(self.random.randrange(len(self.writers)))
            if self.random.random() < 0.9:
                self.outbox |= {seq: (at, place) for seq, at, place in writer.decided}

    def relay_looks(self) -> None:
        if self.mark is None:
            self.mark = PendingWatermark(self.until(), self.last_seq())

    def until(self) -> datetime:
        return min([self.now, *(writer.begun_at for writer in self.writers)])

    def last_seq(self) -> int:
        return max(self.outbox, default=0)

    def relay_sends(self) -> None:
        limit = self.random.randint(1, 3)
        sent = self._send(limit)
        for seq in sent:
            del self.outbox[seq]
        if self.mark and self.mark.is_published(None if len(sent) < limit else sent[-1]):
            self.marks.append(self.mark.until)
            self.mark = None

    def relay_crashes(self) -> None:
        """What it sent is in the log, and is sent again by the next one."""
        if self.random.random() < 0.2:
            self._send(self.random.randint(0, 3))
            self.mark = None

    def _send(self, limit: int) -> list[int]:
        sent = sorted(self.outbox)[:limit]
        for seq in sent:
            at, place = self.outbox[seq]
            self.log[place].append((seq, at))
        return sent

    def a_reader_handles(self) -> None:
        place = self.random.choice(PLACES)
        reached = self.positions.get(place, 0) + self.random.randint(1, 4)
        self.positions[place] = min(reached, len(self.log[place]))

    def a_reader_hears_a_mark(self) -> None:
        who = self.random.randrange(len(self.readers))
        if self.marks and self.readers[who].wants(until := self.random.choice(self.marks[-3:])):
            self.readers[who] = replace(self.readers[who], wanted=ReadUpTo(until, self.ends()))

    def ends(self) -> dict[TopicPartition, int]:
        return {place: len(records) for place, records in self.log.items()}

    def look(self) -> None:
        earliest = min(self.unknown(), default=None)
        for who, known in enumerate(self.readers):
            advanced = self.readers[who] = known.at(self.positions)
            self.reached += advanced.reached is not None and advanced.reached is not known.reached
            if advanced.reached and earliest and earliest < advanced.reached.until:
                raise TimePassedAnEvent(f"{advanced.reached.until} is past {earliest}")

    def unknown(self) -> list[datetime]:
        """When everything was decided that no reader has handled, or that may still come."""
        handled, unread = set[int](), dict[int, datetime]()
        for place, records in self.log.items():
            position = self.positions.get(place, 0)
            handled |= {seq for seq, _ in records[:position]}
            unread |= dict(records[position:])
        waiting = {seq: at for seq, (at, _) in self.outbox.items()}
        undecided = {seq: at for writer in self.writers for seq, at, _ in writer.decided}
        unknown = waiting | undecided | unread
        return [at for seq, at in unknown.items() if seq not in handled]


def run_schedules(world_type: type[World], seeds: range) -> int:
    """How often a reader's time moved on, over all of them. A failure names its seed."""
    reached = 0
    for seed in seeds:
        world = world_type(Random(seed))
        try:
            world.run(steps=60)
        except TimePassedAnEvent as error:
            raise TimePassedAnEvent(f"seed {seed}: {error}") from None
        reached += world.reached
    return reached


def test_time_passes_nothing_that_is_unknown() -> None:
    assert run_schedules(World, range(3_000)) > 3_000


class OpenTransactionsForgotten(World):
    def until(self) -> datetime:
        return self.now


class OutboxForgotten(World):
    def last_seq(self) -> int:
        return 0


class OnePartitionWatched(World):
    def ends(self) -> dict[TopicPartition, int]:
        return {ANSWERS: len(self.log[ANSWERS])}


@pytest.mark.parametrize(
    "mistake", [OpenTransactionsForgotten, OutboxForgotten, OnePartitionWatched]
)
def test_these_schedules_find_mistakes(mistake: type[World]) -> None:
    with pytest.raises(TimePassedAnEvent, match="seed"):
        run_schedules(mistake, range(3_000))
