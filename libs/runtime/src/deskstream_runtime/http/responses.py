"""The responses of routes, declared once for their OpenAPI documents.

A route names only what is its own: `responses=problems(404, 409)`, `responses=headers(200, ETAG)`.
What follows from its parts (a permission, a body, `If-Match`, `Idempotency-Key`) and what the edge
and the gateway answer everywhere, `documents.py` adds by itself.
"""

from dataclasses import dataclass
from typing import Any

from deskstream_runtime.http.request_id import HEADER as REQUEST_ID_HEADER

Responses = dict[int | str, dict[str, Any]]
"""The shape of FastAPI's `responses`."""


@dataclass(frozen=True, slots=True)
class AnswerHeader:
    """A header of an answer. One that is not `always` there depends on the request."""

    name: str
    description: str
    schema: dict[str, Any]
    always: bool = True

    def document(self) -> dict[str, Any]:
        """The OpenAPI Header Object."""
        return {"description": self.description, "required": self.always, "schema": self.schema}


_VERSION_TAG = {"type": "string", "pattern": '^"[1-9][0-9]*"$', "examples": ['"3"']}
ETAG = AnswerHeader("ETag", "The version of what is answered, for `If-Match`.", _VERSION_TAG)
ETAG_NOW = AnswerHeader("ETag", "The version now, if it exists.", _VERSION_TAG, always=False)
LOCATION = AnswerHeader(
    "Location", "Where it is from now on.", {"type": "string", "format": "uri-reference"}
)
REQUEST_ID = AnswerHeader(
    REQUEST_ID_HEADER,
    "Names this request in logs. A caller may send one of its own.",
    {"type": "string", "maxLength": 128},
)
REPLAYED = AnswerHeader(
    "Idempotent-Replayed",
    "`true` when this was answered before under the same Idempotency-Key.",
    {"type": "string", "const": "true"},
    always=False,
)
RETRY_AFTER = AnswerHeader(
    "Retry-After", "Seconds to wait before asking again.", {"type": "integer", "minimum": 0}
)
ALLOW = AnswerHeader("Allow", "Every method of this address.", {"type": "string"})
CHALLENGE = AnswerHeader(
    "WWW-Authenticate", "How to authenticate.", {"type": "string", "const": "Bearer"}
)


def problems(*statuses: int, because: str | None = None) -> Responses:
    """Problems a route answers beside those that follow from its parts; `because`: when."""
    return {status: {"description": because} if because else {} for status in statuses}


def headers(status: int, *found: AnswerHeader) -> Responses:
    return {status: {"headers": {header.name: header.document() for header in found}}}


@dataclass(frozen=True, slots=True)
class Standard:
    """A problem that has the same meaning wherever it is answered."""

    name: str
    description: str
    headers: tuple[AnswerHeader, ...] = ()


STANDARD = {
    400: Standard("Malformed", "The body is no JSON, or the address or a header is malformed."),
    401: Standard("Unauthenticated", "No valid API key came with the request.", (CHALLENGE,)),
    403: Standard("Forbidden", "The key has not the scope that this needs."),
    404: Standard("NotFound", "There is no such thing, or it has not arrived here yet."),
    405: Standard("MethodNotAllowed", "The address does not take this method.", (ALLOW,)),
    408: Standard("RequestTimeout", "The request did not arrive in time."),
    409: Standard("Conflict", "What is so now does not allow it."),
    410: Standard("Gone", "It was there, and is not kept any more."),
    412: Standard(
        "StaleVersion", "It changed meanwhile: `If-Match` names another version.", (ETAG_NOW,)
    ),
    413: Standard("ContentTooLarge", "The body is too large."),
    415: Standard("UnsupportedMediaType", "Send `Content-Type: application/json`."),
    422: Standard("Invalid", "A value of the request is wrong: `errors` says which, and why."),
    431: Standard("HeadersTooLarge", "The headers are too large."),
    500: Standard("Unexpected", "Our mistake. `trace_id` finds it."),
    503: Standard("Unavailable", "A part that this needs is away or busy.", (RETRY_AFTER,)),
    504: Standard("GatewayTimeout", "The service did not answer the gateway in time."),
}

EVERYWHERE = frozenset({400, 408, 413, 422, 431, 500, 503, 504})
"""What the edge and the gateway may answer to any request."""
