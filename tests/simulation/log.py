"""Kafka's log in memory: partitions of records, with holes between offsets as compaction leaves."""

from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from aiokafka import ConsumerRecord
from simulation.tables import Place

from deskstream_contracts import Event, UndecodableRecord, decode
from deskstream_contracts.record import Headers


class Entry(NamedTuple):
    """A record and the event in it; None for one that nobody can read."""

    record: "ConsumerRecord[bytes, bytes]"
    event: Event[Any] | None


class Log:
    """All topics. A record is decoded once, when it is appended: decoding is pure."""

    def __init__(self) -> None:
        self.partitions: dict[Place, list[Entry]] = {}
        self.ends: dict[Place, int] = {}
        self._decoded: dict[int, Event[Any] | UndecodableRecord] = {}

    def append(
        self, place: Place, key: bytes | None, headers: Headers, value: bytes, now: datetime
    ) -> int:
        """The broker takes a record; its offset."""
        end = self.ends.get(place, 0)
        offset = end + (end % 3 == 1)
        self.ends[place] = offset + 1
        stamp = int(now.timestamp() * 1000)
        record = ConsumerRecord(*place, offset, stamp, 0, key, value, None, 0, len(value), headers)
        event: Event[Any] | None = None
        try:
            self._decoded[id(headers)] = event = decode(record.topic, headers, value)
        except UndecodableRecord as error:
            self._decoded[id(headers)] = error
        self.partitions.setdefault(place, []).append(Entry(record, event))
        return offset

    def decoded(self, _topic: str, headers: Headers, _value: bytes | None) -> Event[Any]:
        """Stands for `decode`: what it said when the record with these headers was appended."""
        found = self._decoded[id(headers)]
        if isinstance(found, UndecodableRecord):
            raise found
        return found

    def after(self, place: Place, position: int, most: int) -> "list[ConsumerRecord[bytes, bytes]]":
        """Up to `most` records from a position on."""
        entries = self.partitions.get(place, [])
        return [entry.record for entry in entries if entry.record.offset >= position][:most]

    def at(self, place: Place, offset: int) -> "ConsumerRecord[bytes, bytes]":
        """The record at a place."""
        return next(one.record for one in self.partitions[place] if one.record.offset == offset)

    def events(self, *topics: str) -> list[Event[Any]]:
        """The events of topics, each partition in its order."""
        return [
            entry.event
            for (topic, _), entries in self.partitions.items()
            if topic in topics
            for entry in entries
            if entry.event is not None
        ]

    def fingerprint(self) -> bytes:
        """All that was written, and where, as a hash."""
        written = blake2b(digest_size=8)
        for place in sorted(self.partitions):
            for entry in self.partitions[place]:
                record = entry.record
                written.update(
                    b"%d %b %b;" % (record.offset, record.key or b"", record.value or b"")
                )
        return written.digest()

    def ids(self) -> set[UUID]:
        """Ids of all events."""
        return {
            entry.event.id
            for entries in self.partitions.values()
            for entry in entries
            if entry.event is not None
        }
