"""Deskstream's contracts: event types, topics, and the codec between events and Kafka records."""

from deskstream_contracts.codec import decode, encode
from deskstream_contracts.contradiction import refuse_contradiction
from deskstream_contracts.event import Cause, Event, follow, follow_id, revised
from deskstream_contracts.model import EventData, Personal, ServiceName
from deskstream_contracts.record import Record, UndecodableRecord, UnencodableEvent
from deskstream_contracts.topics import TOPICS, Topic, topic_named, topics_read_by

__all__ = [
    "TOPICS",
    "Cause",
    "Event",
    "EventData",
    "Personal",
    "Record",
    "ServiceName",
    "Topic",
    "UndecodableRecord",
    "UnencodableEvent",
    "decode",
    "encode",
    "follow",
    "follow_id",
    "refuse_contradiction",
    "revised",
    "topic_named",
    "topics_read_by",
]
