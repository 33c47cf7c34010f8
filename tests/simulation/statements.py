"""What each statement of the runtime does to its tables, here as in Postgres.

The port between the runtime and its store is the text of its statements, so the runtime's own
functions run on this twin unchanged. `test_store.py` compares the two.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from simulation.tables import Row, Tables

from deskstream_runtime import (
    log_time,
    offsets,
    outbox,
    outbox_rows,
    parking,
    set_aside,
    watermark,
    work_rows,
)


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
    names = ("seq", "topic", "partition", "next_offset")
    for values in zip(seqs, topics, partitions, next_offsets, strict=True):
        tables.outbox_places[values[0]] = dict(zip(names, values, strict=True))
    return [tables.outbox[seq] for seq in sorted(tables.outbox) if seq > after][:limit]


def outbox_places(tables: Tables) -> list[Row]:
    return list(tables.outbox_places.values())


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


def parked_subjects(tables: Tables, subjects: list[UUID]) -> list[Row]:
    waiting = {row["subject"] for row in tables.parked.values()}
    return [{"subject": subject} for subject in dict.fromkeys(subjects) if subject in waiting]


def park(tables: Tables, *columns: Any) -> list[Row]:
    *arrays, now = columns
    requested: dict[UUID, Any] = {}  # as it was before this statement
    for row in _parked_in_order(tables):
        asked = row["replay_requested_at"]
        if asked is not None:
            requested[row["subject"]] = max(asked, requested.get(row["subject"], asked))
    for topic, partition, offset, subject, error in zip(*arrays, strict=True):
        if _parked_at(tables, topic, partition, offset) is None:
            _insert_parked(
                tables, topic, partition, offset, subject, error, now, requested.get(subject)
            )
    return []


def next_to_replay(tables: Tables, limit: int) -> list[Row]:
    asked = {r["subject"] for r in tables.parked.values() if r["replay_requested_at"] is not None}
    first: dict[UUID, Row] = {}
    for row in _parked_in_order(tables):
        if row["subject"] in asked:
            first.setdefault(row["subject"], row)
    return list(first.values())[:limit]


def take_parked(tables: Tables, seq: int) -> list[Row]:
    return [] if tables.parked.pop(seq, None) is None else [{"seq": seq}]


def replay_failed(tables: Tables, subject: UUID, seq: int, error: str) -> list[Row]:
    for row in list(tables.parked.values()):
        if row["subject"] == subject:
            tables.parked[row["seq"]] = {
                **row,
                "replay_requested_at": None,
                "attempts": row["attempts"] + 1,
                "error": error if row["seq"] == seq else row["error"],
            }
    return []


def waiting_subjects(tables: Tables, subjects: list[UUID]) -> list[Row]:
    waiting = [row for row in _parked_in_order(tables) if row["replay_requested_at"] is None]
    found = dict.fromkeys(row["subject"] for row in waiting)
    return [{"subject": one} for one in found if not subjects or one in subjects]


def request_replay(tables: Tables, subjects: list[UUID], now: Any) -> list[Row]:
    for row in list(tables.parked.values()):
        if row["subject"] in subjects and row["replay_requested_at"] is None:
            tables.parked[row["seq"]] = {**row, "replay_requested_at": now}
    return []


def insert_work(tables: Tables, *columns: list[Any]) -> list[Row]:
    names = ("id", "kind", "subject", "payload", "due_at", "share")
    known = {row["id"] for row in tables.work.values()}
    for values in zip(*columns, strict=True):
        row = dict(zip(names, values, strict=True))
        if row["id"] not in known:
            known.add(row["id"])
            seq = tables.next_seq()
            unleased = {"attempts": 0, "lease": None, "leased_until": None, "last_error": None}
            tables.work[seq] = {"seq": seq, **row, **unleased}
    return []


def lease(
    tables: Tables, kind: str, now: datetime, most: int, lease_id: UUID, until: datetime
) -> list[Row]:
    oldest: dict[UUID, Row] = {}
    for seq in sorted(tables.work):
        row = tables.work[seq]
        if row["kind"] == kind:
            oldest.setdefault(row["subject"], row)
    due = sorted((_leasable_at(row), row["seq"]) for row in oldest.values())
    leased = []
    for at, seq in due[:most]:
        if at <= now:
            row = tables.work[seq]
            held = {"lease": lease_id, "leased_until": until, "attempts": row["attempts"] + 1}
            tables.work[seq] = {**row, **held}
            leased.append(tables.work[seq])
    return leased


def take_back(tables: Tables, ids: list[UUID], leases: list[UUID]) -> list[Row]:
    held = set(zip(ids, leases, strict=True))
    taken = [row for row in tables.work.values() if (row["id"], row["lease"]) in held]
    for row in taken:
        del tables.work[row["seq"]]
    return taken


def postpone(tables: Tables, *columns: list[Any]) -> list[Row]:
    for work_id, lease_id, due_at, error in zip(*columns, strict=True):
        for seq, row in tables.work.items():
            if (row["id"], row["lease"]) == (work_id, lease_id):
                given_back = {"lease": None, "leased_until": None, "last_error": error}
                tables.work[seq] = {**row, **given_back, "due_at": due_at}
    return []


def give_back(tables: Tables, *columns: list[Any]) -> list[Row]:
    for work_id, lease_id in zip(*columns, strict=True):
        for seq, row in tables.work.items():
            if (row["id"], row["lease"]) == (work_id, lease_id):
                unleased = {"lease": None, "leased_until": None}
                tables.work[seq] = {**row, **unleased, "attempts": row["attempts"] - 1}
    return []


def nothing(_tables: Tables, *_arguments: object) -> list[Row]:
    """How a session plans, and locks: transactions come one after the other here."""
    return []


def _leasable_at(row: Row) -> datetime:
    due_at: datetime = row["due_at"]
    return due_at if row["leased_until"] is None else max(due_at, row["leased_until"])


def _parked_in_order(tables: Tables) -> list[Row]:
    return [tables.parked[seq] for seq in sorted(tables.parked)]


def _parked_at(tables: Tables, *place: Any) -> Row | None:
    for row in tables.parked.values():
        if (row["topic"], row["partition"], row["record_offset"]) == place:
            return row
    return None


def _insert_parked(
    tables: Tables, topic: str, partition: int, offset: int, subject: UUID, error: str, *at: Any
) -> None:
    seq = tables.next_seq()
    tables.parked[seq] = {
        "seq": seq,
        "topic": topic,
        "partition": partition,
        "record_offset": offset,
        "subject": subject,
        "error": error,
        "parked_at": at[0],
        "replay_requested_at": at[1],
        "attempts": 0,
    }


STATEMENTS: dict[str, Callable[..., list[Row]]] = {
    offsets._ENSURE: ensure_positions,
    offsets._LOAD: load_positions,
    offsets._ADVANCE: advance,
    outbox._INSERT_RECORDS: insert_records,
    outbox_rows.NEXT: next_records,
    outbox_rows._LOAD_PLACES: outbox_places,
    outbox_rows._BY_INDEX_ALONE: nothing,
    watermark._UNTIL: until,
    watermark._LAST_SEQ: last_seq,
    log_time._ADVANCE: advance_watermark,
    log_time._UNTIL: watermark_of,
    log_time._POSITIONS: all_positions,
    parking._SUBJECTS: parked_subjects,
    parking._PARK: park,
    parking._NEXT_REPLAY: next_to_replay,
    parking._TAKE: take_parked,
    parking._FAILED: replay_failed,
    set_aside._WAITING: waiting_subjects,
    set_aside._LOCK: nothing,
    set_aside._REPLAY: request_replay,
    outbox._INSERT_WORK: insert_work,
    work_rows.LEASE: lease,
    work_rows._TAKE_BACK: take_back,
    work_rows._POSTPONE: postpone,
    work_rows._GIVE_BACK: give_back,
}
"""What each statement of the runtime does to the tables, and the rows it answers with."""
