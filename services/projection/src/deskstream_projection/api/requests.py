"""Query parameters: filters, order and pages of lists; the period and buckets of a summary."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from deskstream_projection.adapters.cursors import CURSOR_MAX_CHARS
from deskstream_projection.adapters.summary_queries import Imported
from deskstream_projection.adapters.ticket_list_queries import Sort
from deskstream_projection.domain.calendar import BucketSize
from deskstream_projection.domain.ticket_filter import TicketFilter
from deskstream_runtime.http.instants import Instant

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9998, 12, 31, tzinfo=UTC)
_ZONE_MAX_CHARS = 64
_NO_ZONES = ("posix/", "right/", "posixrules", "localtime")
"""Files that a system keeps beside the zones: copies, some with leap seconds, and its own zone."""

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=CURSOR_MAX_CHARS)]
Limit = Annotated[int, Field(ge=1, le=200)]
# Postgres text has no NUL.
SearchText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]+$"),
]


class TicketListQuery(TicketFilter):
    """Filters, search, order and page of the ticket list."""

    q: Annotated[SearchText | None, Field(description='Words, "phrases", `or`, `-not`.')] = None
    created_from: Instant | None = None
    created_to: Instant | None = None
    updated_from: Instant | None = None
    updated_to: Instant | None = None
    sort: Sort = "-created_at"
    cursor: Cursor | None = None
    limit: Limit = 50


class PageQuery(BaseModel):
    """A page of something that is in one order only."""

    model_config = ConfigDict(extra="forbid")

    cursor: Cursor | None = None
    limit: Limit = 100


def _countable(value: datetime) -> datetime:
    """No event is of earlier, and later the calendar ends."""
    if not _FIRST <= value <= _LAST:
        raise ValueError(f"{value.isoformat()} is not between the years 1970 and 9998")
    return value.astimezone(UTC)


def _zone(value: object) -> ZoneInfo:
    try:
        if (
            isinstance(value, str)
            and len(value) <= _ZONE_MAX_CHARS
            and not value.startswith(_NO_ZONES)
        ):
            return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise ValueError(f"{value!r} is no IANA time zone: write one like Europe/Berlin, or UTC")


CountableInstant = Annotated[Instant, AfterValidator(_countable)]
Zone = Annotated[
    ZoneInfo,
    BeforeValidator(_zone),
    WithJsonSchema({"type": "string", "maxLength": _ZONE_MAX_CHARS}),
]


class SummaryQuery(BaseModel):
    """From `from` (included) to `to` (excluded); without them the last day."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[CountableInstant | None, Field(alias="from")] = None
    end: Annotated[CountableInstant | None, Field(alias="to")] = None
    bucket: Annotated[
        BucketSize, Field(description="`minute` only for the last weeks. Weeks begin on Monday.")
    ] = "hour"
    tz: Zone = Field(
        "UTC",
        validate_default=True,
        description="The IANA time zone whose hours, days, weeks and months are meant.",
        examples=["Europe/Berlin", "Asia/Kathmandu"],
    )
    imported: Annotated[
        Imported,
        Field(description="Whether the past of imported tickets counts."),
    ] = "include"
