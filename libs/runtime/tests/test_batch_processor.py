"""Whatever comes, in whatever batches, and whatever fails: each record has one fate, once."""

import asyncio
import copy
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias, cast
from uuid import UUID, uuid5

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_toy import TOPIC, request_event

from deskstream_contracts import Event, encode
from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_runtime.clock import utc_now
from deskstream_runtime.consuming import batch_processor
from deskstream_runtime.consuming.batch_processor import BatchProcessor
from deskstream_runtime.consuming.routing import Routes, on
from deskstream_runtime.dead_letters.dead_letter_limit import DeadLetterLimit
from deskstream_runtime.dead_letters.parking_limit import ParkingLimit
from deskstream_runtime.dead_letters.parking_lot import FailedRecord
from deskstream_runtime.effects import Effects
from deskstream_runtime.errors import LostPartition, Rejected, Unavailable
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka.positions import Positions

_SPACE = UUID("00000000-0000-7000-8000-000000000000")
TICKETS = [uuid5(_SPACE, str(number)) for number in range(4)]
EVENTS = {
    (ticket, reason): encode(request_event(ticket, reason))
    for ticket in TICKETS
    for reason in ("good", "rejected", "broken", "slow")
}

LOGGED_AT_MS = int(utc_now().timestamp() * 1_000)

kinds = st.sampled_from(["good"] * 6 + ["poison", "rejected", "broken", "slow"])
logs = st.lists(st.tuples(kinds, st.integers(0, 3)), max_size=40)
faults = st.lists(st.sampled_from(["none", "none", "before", "after", "lost"]), max_size=12)


Log: TypeAlias = list[tuple[str, int]]
"""Kinds of records, and the tickets they are of."""


class Memory:
    """What Postgres keeps, with transactions that can fail before and after they commit."""

    def __init__(self, planned: list[str]) -> None:
        self.offsets: Counter[TopicPartition] = Counter()
        self.rows: dict[str, list[Any]] = {"parked": [], "handled": [], "dead": []}
        self.faults = iter(planned)

    async def run(self, act: Callable[["Memory"], Awaitable[tuple[Effects, Any]]]) -> Any:
        fault = next(self.faults, "none")
        before = copy.deepcopy((self.offsets, self.rows))
        try:
            if fault == "lost":
                raise LostPartition("another has it")
            effects, result = await act(self)
            self.rows["dead"] += [(e.data.partition, e.data.offset) for e in effects.events]
            if fault == "before":
                raise Unavailable("away")
        except BaseException:
            self.offsets, self.rows = before
            raise
        if fault == "after":
            raise Unavailable("the commit's answer did not come")
        return result

    async def is_away(self, error: object) -> bool:
        return isinstance(error, Unavailable)


async def advance(memory: Memory, old: Positions, new: Positions) -> bool:
    for place in new:
        if memory.offsets[place] != old[place]:
            raise LostPartition("moved on")
        memory.offsets[place] = new[place]
    return bool(memory.rows["parked"])


async def parked_subjects(memory: Memory, subjects: Sequence[UUID]) -> set[UUID]:
    return {subject for _, _, subject in memory.rows["parked"] if subject in set(subjects)}


async def park(memory: Memory, records: Sequence[FailedRecord], now: object) -> None:
    memory.rows["parked"] += [(r.partition.partition, r.offset, r.subject) for r in records]


async def admit_parking(
    memory: Memory, limit: object, topic: str, error: object, passed: int
) -> None:
    """There is no limit here."""


async def keep(memory: Any, events: Sequence[Event[Any]]) -> Effects:
    """The handler: knows a record by its id, which here holds its position."""
    for event in events:
        if event.data.reason == "rejected":
            raise Rejected("never")
        if event.data.reason == "broken":
            raise ValueError("broken")
        if event.data.reason == "slow":
            raise TimeoutError
    memory.rows["handled"] += [(e.subject, e.id.int >> 64, e.id.int & 0xFFFF) for e in events]
    return Effects()


def records_of(log: Log) -> Iterator[tuple[str, UUID, Any]]:
    """The log as records: partition by ticket, offsets counted with holes between them."""
    ends: Counter[int] = Counter()
    for kind, number in log:
        record = EVENTS[TICKETS[number], "good" if kind == "poison" else kind]
        partition, offset = record.partition, ends[record.partition]
        ends[record.partition] += 1 + (offset % 3 == 0)
        key = str(UUID(int=(partition << 64) | offset)).encode()
        headers = dict(record.headers) | {"ce_id": key}
        value = b"{" if kind == "poison" else record.value
        yield kind, TICKETS[number], ConsumerRecord(
            TOPIC, partition, offset, LOGGED_AT_MS, 0, key, value, None, 0, 0,
            tuple(headers.items()),
        )  # fmt: skip


async def read(log: Log, batch_size: int, memory: Memory) -> None:
    """The consumer's way: positions are loaded, batches taken, and what failed is read again."""
    routes = Routes([on(keep, EscalationRequested)])
    infrastructure = SimpleNamespace(
        name="escalation", unit_of_work=memory, database=memory, clock=utc_now
    )
    processor = BatchProcessor(
        cast(Infrastructure, infrastructure),
        routes,
        limit=DeadLetterLimit(1_000_000, 1.0),
        parking_limit=ParkingLimit(1_000_000, 1.0, 1_000_000),
    )
    records = [record for _, _, record in records_of(log)]
    while True:
        stored = memory.offsets
        positions = {TopicPartition(TOPIC, n): stored[TopicPartition(TOPIC, n)] for n in range(6)}
        left = [r for r in records if r.offset >= positions[TopicPartition(TOPIC, r.partition)]]
        if not left:
            return
        try:
            while left:
                batch, left = left[:batch_size], left[batch_size:]
                await processor.process_batch(batch, positions)
        except (Unavailable, LostPartition):
            continue


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for function in (advance, admit_parking, parked_subjects, park):
        monkeypatch.setattr(batch_processor, function.__name__, function)
    monkeypatch.setattr(batch_processor, "_TRY_AGAIN_S", 0)


@settings(deadline=None, max_examples=150)
@given(logs, st.integers(1, 50), faults)
def test_each_record_has_one_fate_once(log: Log, batch_size: int, planned: list[str]) -> None:
    memory = Memory(planned)
    asyncio.run(read(log, batch_size, memory))

    expected_dead: list[Any] = []
    expected_parked: list[Any] = []
    expected_handled: list[Any] = []
    parked_tickets: set[UUID] = set()
    for kind, ticket, record in records_of(log):
        place = (record.partition, record.offset)
        if kind == "poison":
            expected_dead.append(place)
        elif ticket in parked_tickets or kind in {"broken", "slow"}:
            parked_tickets.add(ticket)
            expected_parked.append((*place, ticket))
        elif kind == "rejected":
            expected_dead.append(place)
        else:
            expected_handled.append((ticket, *place))

    assert sorted(memory.rows["dead"]) == sorted(expected_dead)
    assert _by_ticket(memory.rows["parked"], -1) == _by_ticket(expected_parked, -1)
    assert _by_ticket(memory.rows["handled"], 0) == _by_ticket(expected_handled, 0)


def _by_ticket(rows: Sequence[Any], column: int) -> dict[Any, list[Any]]:
    """Rows of each ticket, in their order: order between tickets is nobody's business."""
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups
