"""The CloudEvents attributes of a record, read from its headers."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, NotRequired
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from deskstream_contracts.dead_letter import UndecodableReason
from deskstream_contracts.model import Instant
from deskstream_contracts.record import UndecodableRecord

SEQUENCE_MAX = 9_999_999_999
"""`ce_sequence` has ten digits, so that its text sorts as the numbers do."""

REVISION_MAX = 65_535
"""An event is revised when a person is erased, so hardly ever twice: two bytes hold the number."""


class Attributes(TypedDict):
    """The attributes we use, by header name. Others are allowed and ignored."""

    ce_specversion: Literal["1.0"]
    ce_id: UUID
    ce_source: Annotated[str, Field(min_length=1)]
    ce_type: str
    ce_subject: UUID
    ce_time: Instant
    ce_dataschema: str
    ce_sequence: NotRequired[Annotated[int, Field(ge=1, le=SEQUENCE_MAX)]]
    ce_correlationid: NotRequired[UUID]
    ce_causationid: NotRequired[UUID]
    ce_traceparent: NotRequired[str]
    ce_revision: NotRequired[Annotated[int, Field(ge=1, le=REVISION_MAX)]]


_validate = TypeAdapter(Attributes).validator.validate_python
_JSON = re.compile(r"application/json\s*(;.*)?", re.IGNORECASE)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def read_attributes(headers: Iterable[tuple[str, bytes | None]]) -> Attributes:
    """The attributes among the headers. Raises `UndecodableRecord` if one breaks a rule."""
    texts: dict[str, str] = {}
    for name, raw in headers:
        if raw is None:
            raise _invalid(name, "is null")
        try:
            texts[name] = raw.decode()
        except UnicodeDecodeError:
            raise _invalid(name, "is not UTF-8") from None
    content_type = texts.get("content-type", "application/json")
    if content_type != "application/json" and not _JSON.fullmatch(content_type):
        raise _invalid("content-type", "is not application/json")
    try:
        attributes: Attributes = _validate(texts)
    except ValidationError as error:
        raise _broken_rule(error) from None
    traceparent = attributes.get("ce_traceparent")
    if traceparent is not None and not _TRACEPARENT.fullmatch(traceparent):
        # W3C Trace Context, section 3.2: who cannot parse it starts a trace of their own.
        del attributes["ce_traceparent"]
    return attributes


def _invalid(name: str, what: str) -> UndecodableRecord:
    return UndecodableRecord("invalid_header", f"header {name[:100]!r} {what}")


def _broken_rule(error: ValidationError) -> UndecodableRecord:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    reason: UndecodableReason = (
        "missing_attribute" if first["type"] == "missing" else "invalid_header"
    )
    return UndecodableRecord(reason, f"{first['loc'][0]}: {first['type']}")
