"""What each statement of the runtime does to its tables, here as in Postgres.

The port between the runtime and its store is the text of its statements, so the runtime's own
functions run on this twin unchanged. `test_store.py` compares the two.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulation import leased_rows, parking_rows
from simulation.tables import Row, Tables

from deskstream_runtime.consuming import log_time, positions
from deskstream_runtime.dead_letters import parking_limit, parking_lot
from deskstream_runtime.outbox import outbox_rows, store, watermark
from deskstream_runtime.work import work_rows


def ensure_positions(tables: Tables, topics: list[str], partitions: list[int]) -> list[Row]:
    for place in zip(topics, partitions, strict=True):
        tables.positions.setdefault(place, 0)
    return []


def load_positions(tables: Tables, topics: list[str], partitions: list[int]) -> list[Row]:
    return [
        {"topic": topic, "partition": number, "next_offset": tables.positions[topic, number]}
        for topic, number in zip(topics, partitions, strict=True)
        if (topic, number) in tables.positions
    ]


def advance(
    tables: Tables, topics: list[str], partitions: list[int], old: list[int], new: list[int]
) -> list[Row]:
    moved = 0
    for topic, number, before, after in zip(topics, partitions, old, new, strict=True):
        if tables.positions.get((topic, number)) == before:
            tables.positions[topic, number] = after
            moved += 1
    return [{"moved": moved, "any_parked": bool(tables.parked)}]


def insert_records(tables: Tables, *columns: list[Any]) -> list[Row]:
    names = ("topic", "partition", "key", "headers", "value")
    for values in zip(*columns, strict=True):
        tables.outbox_seq = seq = tables.outbox_seq + 1
        tables.outbox[seq] = {"seq": seq, **dict(zip(names, values, strict=True))}
    return []


def next_records(
    tables: Tables,
    sent: list[int],
    passed: list[int],
    seqs: list[int],
    topics: list[str],
    partitions: list[int],
    next_offsets: list[int],
    after: int,
    limit: int,
) -> list[Row]:
    for seq in sent:
        tables.outbox.pop(seq, None)
    for seq in passed:
        tables.outbox_places.pop(seq, None)
    names = ("number", "topic", "partition", "next_offset")
    for values in zip(seqs, topics, partitions, next_offsets, strict=True):
        tables.outbox_places[values[0]] = dict(zip(names, values, strict=True))
    return [tables.outbox[seq] for seq in sorted(tables.outbox) if seq > after][:limit]


def outbox_places(tables: Tables) -> list[Row]:
    return [tables.outbox_places[number] for number in sorted(tables.outbox_places)]


def until(tables: Tables, margin: timedelta) -> list[Row]:
    return [{"until": tables.clock() - margin}]  # no transaction is open between two steps


def last_seq(tables: Tables) -> list[Row]:
    return [{"last_value": tables.outbox_seq}]


def advance_watermark(tables: Tables, topic: str, until: datetime) -> list[Row]:
    tables.watermarks[topic] = max(until, tables.watermarks.get(topic, until))
    return []


def watermark_of(tables: Tables, topic: str) -> list[Row]:
    return [{"until": tables.watermarks[topic]}] if topic in tables.watermarks else []


def all_positions(tables: Tables) -> list[Row]:
    return [
        {"topic": topic, "partition": number, "next_offset": offset}
        for (topic, number), offset in tables.positions.items()
    ]


def nothing(_tables: Tables, *_arguments: object) -> list[Row]:
    """How a session plans, and locks: transactions come one after the other here."""
    return []


STATEMENTS: dict[str, Callable[..., list[Row]]] = {
    positions._ENSURE: ensure_positions,
    positions._LOAD: load_positions,
    positions._ADVANCE: advance,
    store._INSERT_RECORDS: insert_records,
    outbox_rows.NEXT: next_records,
    outbox_rows._LOAD_POSITIONS: outbox_places,
    outbox_rows._BY_INDEX_ALONE: nothing,
    watermark._UNTIL: until,
    watermark._LAST_SEQ: last_seq,
    log_time._ADVANCE: advance_watermark,
    log_time._UNTIL: watermark_of,
    positions._ALL: all_positions,
    parking_lot._SUBJECTS: parking_rows.parked_subjects,
    parking_lot._PARK: parking_rows.park,
    parking_lot._NEXT_REPLAY: parking_rows.next_to_replay,
    parking_lot._TAKE: parking_rows.take_parked,
    parking_lot._FAILED: parking_rows.replay_failed,
    parking_limit._LOCK: parking_rows.parking_count,
    parking_limit._STORE: parking_rows.store_parking_count,
    parking_limit._BEGIN_ANEW: parking_rows.begin_anew,
    parking_lot._WAITING: parking_rows.waiting_subjects,
    parking_lot._LOCK: nothing,
    parking_lot._REPLAY: parking_rows.request_replay,
    store._INSERT_WORK: leased_rows.insert_work,
    work_rows.LEASE: leased_rows.lease,
    work_rows._TAKE_BACK: leased_rows.take_back,
    work_rows._POSTPONE: leased_rows.postpone,
    work_rows._GIVE_BACK: leased_rows.give_back,
}
"""What each statement of the runtime does to the tables, and the rows it answers with."""
