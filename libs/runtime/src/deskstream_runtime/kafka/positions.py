"""Positions in the log."""

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition

Positions = dict[TopicPartition, int]
"""An offset for each partition: the next one to handle, or where the partition ends."""


def positions_in(rows: Iterable[Mapping[str, Any]]) -> Positions:
    """The positions in rows of `topic`, `partition` and `next_offset`."""
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def columns_of(partitions: Iterable[TopicPartition]) -> tuple[list[str], list[int]]:
    """Their topics and their numbers, as a statement takes them."""
    listed = list(partitions)
    return [one.topic for one in listed], [one.partition for one in listed]
