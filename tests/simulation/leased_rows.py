"""What the statements about work do to tables in memory."""

from datetime import datetime
from typing import Any
from uuid import UUID

from simulation.tables import Row, Tables


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


def _leasable_at(row: Row) -> datetime:
    due_at: datetime = row["due_at"]
    return due_at if row["leased_until"] is None else max(due_at, row["leased_until"])
