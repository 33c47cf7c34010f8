"""Mistakes put back on purpose: schedules that do not find them are worth nothing."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

from aiokafka import TopicPartition
from simulation.statements import STATEMENTS, next_records
from simulation.tables import Row, Tables

from deskstream_escalation.domain.course import Course, Step
from deskstream_runtime.consuming import batch_processor, positions
from deskstream_runtime.consuming.log_time import ReadUpTo
from deskstream_runtime.outbox import outbox_rows


def guard_off() -> AbstractContextManager[Any]:
    """Positions move for any process: one that was frozen commits its batch again."""
    return patch.dict(STATEMENTS, {positions._ADVANCE: _advance_anyway})


def delete_before_ack() -> AbstractContextManager[Any]:
    """The relay forgets rows when it reads them: killed before it has sent them, they are lost."""
    return patch.dict(STATEMENTS, {outbox_rows.NEXT: _read_and_forget})


def later_events_pass() -> AbstractContextManager[Any]:
    """Nobody asks who is parked: a ticket's later events pass the one that waits."""
    return patch.object(batch_processor, "parked_subjects", _nobody)


def time_of_one_partition() -> AbstractContextManager[Any]:
    """Time moves once the first partition is read to its end, whatever waits in the others."""
    return patch.object(ReadUpTo, "first_unread", _first_if_unread)


def clocks_follow_reading() -> AbstractContextManager[Any]:
    """Clocks are wound in the order in which a ticket's events are read, from five topics."""
    return patch.object(Course, "next_step", _whatever_was_read)


def _whatever_was_read(course: Course, until: datetime | None) -> Step | None:
    return course.ahead[0] if course.ahead else None


def _first_if_unread(
    mark: ReadUpTo, positions: Mapping[TopicPartition, int]
) -> TopicPartition | None:
    place = next(iter(mark.ends))
    return place if positions.get(place, 0) < mark.ends[place] else None


def _advance_anyway(
    tables: Tables, topics: list[str], partitions: list[int], _old: list[int], new: list[int]
) -> list[Row]:
    tables.positions.update(zip(zip(topics, partitions, strict=True), new, strict=True))
    return [{"moved": len(new), "any_parked": bool(tables.parked)}]


def _read_and_forget(tables: Tables, *arguments: Any) -> list[Row]:
    rows = next_records(tables, *arguments)
    for row in rows:
        del tables.outbox[row["seq"]]
    return rows


async def _nobody(_tx: object, _subjects: Sequence[UUID]) -> set[UUID]:
    return set()
