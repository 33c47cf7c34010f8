"""The event about a record that a service could not handle."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from deskstream_contracts.model import (
    Code,
    Count,
    EventData,
    Identifier,
    Instant,
    Line,
    ServiceName,
    Sha256,
)

UndecodableReason = Literal[
    "null_value",
    "oversized",
    "invalid_header",
    "missing_attribute",
    "unknown_type",
    "unsupported_version",
    "wrong_topic",
    "invalid_json",
    "schema_invalid",
    "wrong_key",
    "ahead_of_log",
]


class RecordDeadLettered(EventData):
    """A record was refused for good, and those after it were handled.

    It names the record and the reason, but holds nothing of its body: the record stays where
    it is, in a topic kept for ever, and is read again from there when it is replayed. So a dead
    letter holds no personal data, and erasing a person needs no look at dead letters.

    It is written to `<service>.dead-letter`, so its owner is the service that met the record.

    `reason` is what kept it from being read, in one word, or `rejected` when a handler refused it.
    `by_person`: somebody discarded or skipped the record, and `detail` is their reason.
    """

    event_type: ClassVar[str] = "record.dead_lettered"
    owner: ClassVar[ServiceName] = "projection"
    major: ClassVar[int] = 2

    service: ServiceName
    topic: Identifier
    partition: Count
    offset: Count
    reason: Code
    detail: Line
    first_seen_at: Instant
    recorded_at: Instant
    attempts: Annotated[int, Field(ge=1)] = 1
    size_bytes: Count = 0
    sha256: Sha256 | None = None
    event_id: Identifier | None = None
    event_type_name: Identifier | None = None
    by_person: bool = False
