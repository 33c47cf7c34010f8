"""What the statements about parked records do to tables in memory."""

from typing import Any
from uuid import UUID

from simulation.tables import Row, Tables


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


def parking_count(tables: Tables, topic: str, error: str, most: int) -> list[Row]:
    same = [row for row in tables.parked.values() if (row["topic"], row["error"]) == (topic, error)]
    run, parked, handled = tables.parking_count
    return [{"run": run, "parked": parked, "handled": handled, "waiting": min(len(same), most)}]


def store_parking_count(tables: Tables, run: int, parked: float, handled: float) -> list[Row]:
    tables.parking_count = (run, parked, handled)
    return []


def begin_anew(tables: Tables) -> list[Row]:
    return store_parking_count(tables, 0, 0.0, 0.0)


def waiting_subjects(tables: Tables, subjects: list[UUID]) -> list[Row]:
    waiting = [row for row in _parked_in_order(tables) if row["replay_requested_at"] is None]
    found = dict.fromkeys(row["subject"] for row in waiting)
    return [{"subject": one} for one in found if not subjects or one in subjects]


def request_replay(tables: Tables, subjects: list[UUID], now: Any) -> list[Row]:
    for row in list(tables.parked.values()):
        if row["subject"] in subjects and row["replay_requested_at"] is None:
            tables.parked[row["seq"]] = {**row, "replay_requested_at": now}
    return []


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
        "discard_reason": None,
    }
