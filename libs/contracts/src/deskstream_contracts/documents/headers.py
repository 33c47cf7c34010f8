"""The schema of a record's headers: the CloudEvents attributes in binary mode."""

from pydantic import JsonValue

from deskstream_contracts.model import EventData
from deskstream_contracts.reader import schema_uri
from deskstream_contracts.registry import DEAD_LETTER
from deskstream_contracts.structured import Document
from deskstream_contracts.topics import SERVICES


def _text(description: str, **rules: JsonValue) -> JsonValue:
    return {"type": "string", "description": description, **rules}


COMMON_HEADERS: Document = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes as Kafka headers; every value is UTF-8 text.",
    "properties": {
        "content-type": _text("The body's media type.", const="application/json"),
        "ce_specversion": _text("The version of CloudEvents.", const="1.0"),
        "ce_id": _text("The event id, which is also the record's key.", format="uuid"),
        "ce_source": _text("The service that wrote the event.", format="uri-reference"),
        "ce_type": _text("The event type."),
        "ce_subject": _text("The ticket's id, or the customer's or article's.", format="uuid"),
        "ce_partitionkey": _text("The same as the subject: it decides the partition."),
        "ce_time": _text(
            "When it was decided, RFC 3339: in the years 1970 to 2199, and no more than a day after"
            " the record's own timestamp.",
            format="date-time",
        ),
        "ce_dataschema": _text("Type and major version of the body.", format="uri"),
        "ce_revision": _text(
            "From 1 to 65535; the highest replaces the others.", pattern="^[0-9]+$"
        ),
        "ce_sequence": _text("The ticket's version, ten digits.", pattern="^[0-9]{10}$"),
        "ce_correlationid": _text("The event all this began with.", format="uuid"),
        "ce_causationid": _text("The event this one follows from.", format="uuid"),
        "ce_traceparent": _text("W3C Trace Context."),
    },
    "required": [
        "content-type",
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_subject",
        "ce_partitionkey",
        "ce_time",
        "ce_dataschema",
        "ce_revision",
    ],
}
"""What all records have in common."""


def headers_of(body: type[EventData]) -> JsonValue:
    senders = SERVICES if body.event_type == DEAD_LETTER else (body.owner,)
    own: JsonValue = {
        "type": "object",
        "properties": {
            "ce_type": {"const": body.event_type},
            "ce_dataschema": {"const": schema_uri(body.event_type, body.major)},
            "ce_source": {"enum": [f"/deskstream/{service}" for service in senders]},
        },
    }
    return {"allOf": [{"$ref": "#/components/schemas/CloudEventsHeaders"}, own]}
