"""What the codec writes and reads: a Kafka record, and why one could not be read."""

from typing import NamedTuple

from deskstream_contracts.dead_letter import UndecodableReason

Headers = list[tuple[str, bytes]]


class Record(NamedTuple):
    """A Kafka record ready to be sent: `partition` and `key` are explicit (see `topics`)."""

    topic: str
    partition: int
    key: bytes
    headers: Headers
    value: bytes


class UnencodableEvent(ValueError):
    """An event that no reader would accept must not be written: too large, NUL in a text."""


class UndecodableRecord(Exception):
    """A record is no event we know. `detail`: what and where, never a value from the body."""

    def __init__(self, reason: UndecodableReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: UndecodableReason = reason
        self.detail = detail[:500]
