"""Whether the log is still the one we read: positions are ours, so the broker cannot say."""

from aiokafka import ConsumerRecord

from deskstream_runtime.consuming.log_client import Records
from deskstream_runtime.kafka.positions import Positions


class LogRestarted(Exception):
    """The broker no longer has our position in the log and sent records from another one."""


def records_of(positions: Positions, records: Records) -> "list[ConsumerRecord[bytes, bytes]]":
    """The records of the partitions we hold a position of.

    Raises `LogRestarted` when one lies before its position: we seek to the position, so the broker
    found it out of range and began elsewhere. Records behind the position are fine however far:
    compaction leaves holes.
    """
    mine: list[ConsumerRecord[bytes, bytes]] = []
    for record in records:
        position = positions.get((record.topic, record.partition))
        if position is None:
            continue
        if record.offset < position:
            raise LogRestarted(f"{record.topic}/{record.partition} begins again at {record.offset}")
        mine.append(record)
    return mine
