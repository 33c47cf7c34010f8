"""How far the consumer is behind the log, in records and in time, and whether it moves."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiokafka import ConsumerRecord, TopicPartition

from deskstream_runtime.clock import Clock


class Behind(NamedTuple):
    """Records not handled, and for how long the oldest of them has been there, in seconds."""

    records: int
    seconds: float


CAUGHT_UP = Behind(0, 0.0)


class Lag:
    """Of the partitions this process holds, as of the last look at where the log ends.

    In time, a partition is behind since the later of: when it was last seen caught up, and the time
    of the newest record handled. Both are moments at which nothing older was left.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._positions: dict[TopicPartition, int] = {}
        self._records: dict[TopicPartition, int] = {}
        self._since: dict[TopicPartition, float] = {}
        self._moved_at = clock().timestamp()

    def measured(
        self, positions: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> None:
        """Compares where we are with where the log ends, in all partitions that we hold."""
        now = self._clock().timestamp()
        if any(self._positions.get(one, offset) != offset for one, offset in positions.items()):
            self._moved_at = now
        self._positions = dict(positions)
        self._records = {one: max(0, ends[one] - offset) for one, offset in positions.items()}
        self._since = {
            one: self._since.get(one, now) if behind else now
            for one, behind in self._records.items()
        }
        if not any(self._records.values()):
            self._moved_at = now

    def handled(self, records: "Iterable[ConsumerRecord[bytes, bytes]]") -> None:
        """These, in order, are committed."""
        self._moved_at = self._clock().timestamp()
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            self._since[partition] = max(self._since.get(partition, 0.0), record.timestamp / 1000)

    def by_topic(self) -> dict[str, Behind]:
        """How far each topic is behind: all its records, and its worst partition's time."""
        now = self._clock().timestamp()
        found: dict[str, Behind] = {}
        for partition, records in self._records.items():
            so_far = found.get(partition.topic, CAUGHT_UP)
            seconds = max(0.0, now - self._since[partition]) if records else 0.0
            found[partition.topic] = Behind(so_far.records + records, max(so_far.seconds, seconds))
        return found

    def stands_still(self, for_s: float) -> str | None:
        """Says so when records wait and none was handled for so long."""
        records = sum(self._records.values())
        still_s = self._clock().timestamp() - self._moved_at
        if not records or still_s < for_s:
            return None
        return f"stands still: {records} records behind, none handled for {still_s:.0f} s"
