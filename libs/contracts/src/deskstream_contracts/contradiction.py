"""Records that contradict the event in them: what their own key and log timestamp say of it."""

from deskstream_contracts.event import Event
from deskstream_contracts.model import EventData
from deskstream_contracts.record import UndecodableRecord

AHEAD_OF_LOG_MAX_MS = 86_400_000
"""Clocks differ, by less than a day: an event cannot be that much later than its record."""


def refuse_contradiction(event: Event[EventData], *, key: bytes | None, logged_at_ms: int) -> None:
    """Raises `UndecodableRecord` when the event cannot be what this record was written for.

    The key must be the event's id. Compaction keeps one record of each key: under the key of
    another event, a forged record would replace that one in the log. And an event lies in the
    log because it happened: one that is more than a day later than its record never did, and who
    keeps the newest would keep it forever. `logged_at_ms` is the record's own timestamp, which the
    broker holds to its clock (`Topic.config`); it is -1 where a record has none.
    """
    if key != str(event.id).encode():
        raise UndecodableRecord("wrong_key", "the record's key is not ce_id")
    ahead_ms = event.time.timestamp() * 1_000 - logged_at_ms
    if ahead_ms > AHEAD_OF_LOG_MAX_MS:
        raise UndecodableRecord(
            "ahead_of_log",
            f"ce_time is {ahead_ms / 3_600_000:.1f} hours after the record's own time",
        )
