"""The tables in memory and those in Postgres, through the same functions of the runtime.

Whatever is done to both, in whatever order, and whether it is committed or not: they answer the
same and hold the same. Only the numbers that identity columns give may differ.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import BaseModel
from simulation.both_stores import BothStores
from simulation.desk import BEGIN, TICKETS, judged

from deskstream_localstack.testing import LocalStack
from deskstream_runtime.consuming import log_time
from deskstream_runtime.consuming.positions import advance, all_positions, load_positions
from deskstream_runtime.dead_letters.parking_limit import ParkingLimit, admit_parking
from deskstream_runtime.dead_letters.parking_lot import (
    FailedRecord,
    ParkedRecord,
    next_to_replay,
    park,
    parked_subjects,
    replay_failed,
    request_replay,
    take,
)
from deskstream_runtime.effects import Work
from deskstream_runtime.outbox import outbox_rows
from deskstream_runtime.outbox.store import store_events, store_work
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.databases import database_maker
from deskstream_runtime.work import work_rows
from deskstream_runtime.work.kind import Interrupted, Postponed

PLACES = [TopicPartition(topic, number) for topic in ("one", "two") for number in (0, 1)]
PARKING_LIMIT = ParkingLimit(run_max=3, ratio_max=0.9, cause_max=3)
places = st.sampled_from(PLACES)
tickets = st.sampled_from(TICKETS)
numbers = st.integers(0, 5)
commits = st.sampled_from([True, True, True, False])
to_park = st.builds(
    FailedRecord, places, numbers, tickets, st.sampled_from(["KeyError", "ValueError"])
)


class Payload(BaseModel):
    text: str = "hello"


class Stores(BothStores):
    """What the runtime does to its tables, in any order."""

    # --- positions --------------------------------------------------------------------------------

    @rule(wanted=st.sets(places), commits=commits)
    def load(self, wanted: set[TopicPartition], commits: bool) -> None:
        self.both(lambda tx: load_positions(tx, wanted), commits=commits)

    @rule(
        moves=st.dictionaries(places, st.tuples(numbers, numbers), min_size=1),
        known=st.booleans(),
        commits=commits,
    )
    def advance(
        self, moves: dict[TopicPartition, tuple[int, int]], known: bool, commits: bool
    ) -> None:
        """From where the partition is, or from where somebody who was frozen thinks it is."""
        stored = self.memory.tables.positions
        old = {
            place: stored.get((place.topic, place.partition), guess) if known else guess
            for place, (guess, _) in moves.items()
        }
        new = {place: old[place] + step for place, (_, step) in moves.items()}
        self.both(lambda tx: advance(tx, old, new), commits=commits)

    # --- log time ---------------------------------------------------------------------------------

    @rule(topic=st.sampled_from(["one", "two"]), seconds=numbers, commits=commits)
    def advance_watermark(self, topic: str, seconds: int, commits: bool) -> None:
        until = BEGIN + timedelta(seconds=seconds)

        async def act(tx: Transaction) -> Any:
            await tx.execute(log_time._ADVANCE, topic, until)
            positions = await all_positions(tx)
            return await tx.fetchval(log_time._UNTIL, topic), sorted(positions.items())

        self.both(act, commits=commits)

    # --- the outbox -------------------------------------------------------------------------------

    @rule(subjects=st.lists(tickets, max_size=4), commits=commits)
    def append(self, subjects: list[UUID], commits: bool) -> None:
        events = [
            judged(subject, "high", self.now, UUID(int=self.calls * 10 + number))
            for number, subject in enumerate(subjects)
        ]
        self.both(lambda tx: store_events(tx, events), commits=commits)

    @precondition(lambda self: bool(self.memory.tables.outbox))
    @rule(forgotten=st.integers(0, 4), limit=st.integers(1, 4), commits=commits)
    def relay(self, forgotten: int, limit: int, commits: bool) -> None:
        """Forgets the oldest rows and reads the next, by the number that each has in its store."""

        place, passed = PLACES[self.calls % len(PLACES)], list(self.memory.tables.outbox_places)

        def reading(seqs: list[int]) -> Callable[[Transaction], Awaitable[Any]]:
            sent = seqs[:forgotten]
            kept = [[self.calls], [place.topic], [place.partition], [self.calls * 7]]

            async def read(tx: Transaction) -> Any:
                rows = await tx.fetch(outbox_rows.NEXT, sent, passed, *kept, 0, limit)
                places = await tx.fetch(outbox_rows._LOAD_POSITIONS)
                return [row["key"] for row in rows], [tuple(one.values()) for one in places]

            return read

        in_postgres = self.runner.run(self.postgres.fetch("select seq from outbox order by seq"))
        self.both(
            reading([row["seq"] for row in in_postgres]),
            commits=commits,
            in_memory=reading(sorted(self.memory.tables.outbox)),
        )

    # --- parked records ---------------------------------------------------------------------------

    @rule(records=st.lists(to_park, min_size=1, max_size=4), commits=commits)
    def park(self, records: list[FailedRecord], commits: bool) -> None:
        now = self.now
        self.both(lambda tx: park(tx, records, now), commits=commits)

    @rule(topic=st.sampled_from(["one", "two"]), passed=st.integers(0, 2), commits=commits)
    def admit(self, topic: str, passed: int, commits: bool) -> None:
        """One more record may be parked, or there are too many of a kind already."""
        self.both(
            lambda tx: admit_parking(tx, PARKING_LIMIT, topic, "KeyError", passed), commits=commits
        )

    @precondition(lambda self: bool(self.memory.tables.parked))
    @rule(subjects=st.lists(tickets))
    def who_is_parked(self, subjects: list[UUID]) -> None:
        self.both(lambda tx: parked_subjects(tx, subjects))

    @precondition(lambda self: bool(self.memory.tables.parked))
    @rule(subjects=st.lists(tickets, max_size=2), limit=st.integers(1, 3), commits=commits)
    def request(self, subjects: list[UUID], limit: int, commits: bool) -> None:
        now = self.now
        self.both(lambda tx: request_replay(tx, subjects, now, tickets_max=limit), commits=commits)

    @precondition(lambda self: self.is_asked())
    @rule(limit=st.integers(1, 3), fails=st.booleans(), commits=commits)
    def replay(self, limit: int, fails: bool, commits: bool) -> None:
        """The first records that were asked for are taken, or the first of them fails again."""

        async def act(tx: Transaction) -> Any:
            waiting: list[ParkedRecord] = await next_to_replay(tx, limit)
            if fails and waiting:
                await replay_failed(tx, waiting[0], "KeyError")
                return [one._replace(seq=0) for one in waiting]
            taken = [await take(tx, one.seq) for one in waiting]
            again = [await take(tx, one.seq) for one in waiting]
            return [one._replace(seq=0) for one in waiting], taken, again

        self.both(act, commits=commits)

    # --- work -------------------------------------------------------------------------------------

    @rule(pieces=st.lists(st.tuples(numbers, tickets, numbers), max_size=3), commits=commits)
    def store(self, pieces: list[tuple[int, UUID, int]], commits: bool) -> None:
        """Some of it is there already. No two pieces are due at the same moment."""
        work = [
            Work(UUID(int=one), "draft", subject, Payload(), self.due_in(after_s, number))
            for number, (one, subject, after_s) in enumerate(pieces)
        ]
        self.both(lambda tx: store_work(tx, work), commits=commits)

    @precondition(lambda self: bool(self.memory.tables.work))
    @rule(most=st.integers(1, 3), held_s=st.integers(1, 20), commits=commits)
    def lease(self, most: int, held_s: int, commits: bool) -> None:
        held = [row["leased_until"] for row in self.memory.tables.work.values() if row["lease"]]
        if len(set(held)) < len(held):
            # Leased together they come back together: which of them is first nobody promises.
            most = len(TICKETS)
        now, lease_id = self.now, UUID(int=1_000 + self.calls)
        until = self.due_in(held_s, 5)
        with patch.object(work_rows, "uuid4", lambda: lease_id):
            leased = self.both(
                lambda tx: work_rows.lease_work(tx, "draft", most, now=now, until=until),
                commits=commits,
            )
        self.leased = [*self.leased, *leased][-3:]

    @precondition(lambda self: bool(self.leased))
    @rule(commits=commits)
    def settle(self, commits: bool) -> None:
        """Work is finished, also when its lease was lost meanwhile."""
        held = self.leased
        self.both(lambda tx: work_rows.take_back(tx, held), commits=commits)

    @precondition(lambda self: bool(self.leased))
    @rule(commits=commits)
    def give_back(self, commits: bool) -> None:
        """As when the process ends before the work was done."""
        held = [Interrupted(one) for one in self.leased]
        self.both(lambda tx: work_rows.give_back(tx, held), commits=commits)

    @precondition(lambda self: bool(self.leased))
    @rule(after_s=numbers, commits=commits)
    def postpone(self, after_s: int, commits: bool) -> None:
        postponed = [
            Postponed(one, self.due_in(after_s, number), "TimeoutError")
            for number, one in enumerate(self.leased)
        ]
        self.both(lambda tx: work_rows.postpone(tx, postponed), commits=commits)

    def is_asked(self) -> bool:
        """Whether a replay of any parked record was asked for."""
        rows = self.memory.tables.parked.values()
        return any(row["replay_requested_at"] is not None for row in rows)

    def due_in(self, seconds: int, number: int) -> datetime:
        return self.now + timedelta(seconds=seconds, microseconds=self.calls * 10 + number)


@pytest.fixture(scope="module")
def dsn(postgres: LocalStack) -> str:
    """A database with the runtime's tables."""
    return database_maker(postgres.postgres_dsn)()


def test_memory_does_what_postgres_does(dsn: str) -> None:
    class OnThisDatabase(Stores):
        pass

    OnThisDatabase.dsn = dsn
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(max_examples=50, stateful_step_count=50, deadline=None),
    )
