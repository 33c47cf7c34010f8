"""Mistakes put back on purpose: schedules that do not find them are worth nothing."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch
from uuid import UUID

from simulation.statements import STATEMENTS, next_records
from simulation.tables import Row, Tables

from deskstream_runtime import delivery, offsets, relay


def guard_off() -> AbstractContextManager[Any]:
    """Positions move whoever holds them now: one who was frozen commits its batch again."""
    return patch.dict(STATEMENTS, {offsets._ADVANCE: _advance_anyway})


def delete_before_ack() -> AbstractContextManager[Any]:
    """The relay forgets rows when it reads them: killed before it has sent them, they are lost."""
    return patch.dict(STATEMENTS, {relay._NEXT: _read_and_forget})


def later_events_pass() -> AbstractContextManager[Any]:
    """Nobody asks who is parked: a ticket's later events pass the one that waits."""
    return patch.object(delivery, "parked_subjects", _nobody)


def _advance_anyway(
    tables: Tables, topics: list[str], partitions: list[int], _old: list[int], new: list[int]
) -> list[Row]:
    tables.positions.update(zip(zip(topics, partitions, strict=True), new, strict=True))
    return [{"moved": len(new), "any_parked": bool(tables.parked)}]


def _read_and_forget(tables: Tables, sent: list[int], limit: int) -> list[Row]:
    rows = next_records(tables, sent, limit)
    for row in rows:
        del tables.outbox[row["seq"]]
    return rows


async def _nobody(_tx: object, _subjects: Sequence[UUID]) -> set[UUID]:
    return set()
