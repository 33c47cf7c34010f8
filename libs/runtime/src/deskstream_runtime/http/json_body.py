"""A request's body must be declared as JSON, and be in UTF-8 (RFC 8259 section 8.1)."""

import json
from email.message import Message

from fastapi import Request
from starlette.requests import HTTPConnection

from deskstream_runtime.http.problems import NOT_UTF_8, Problem

_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})
_UTF_8_ENCODINGS = frozenset({"utf-8", "utf-8-sig"})


async def require_json_in_utf8(request: HTTPConnection) -> None:
    """A dependency of every route: 415 for a body that is not declared as JSON in UTF-8.

    400 for one that is declared so and is not. Python's decoder would take UTF-16 and UTF-32 too,
    which other readers of the same request do not. A byte order mark is skipped.
    """
    if not isinstance(request, Request) or not _takes_a_body(request):
        return
    body = await request.body()
    if not body:
        return
    declared = Message()
    declared["Content-Type"] = request.headers.get("content-type", "")
    charset = (declared.get_param("charset") or "utf-8") if declared["Content-Type"] else "utf-8"
    if not _is_json(declared) or str(charset).lower() not in _UTF_8:
        raise Problem(
            415,
            "unsupported-media-type",
            "Unsupported media type",
            "Send the body as JSON in UTF-8, with the header Content-Type: application/json.",
        )
    if json.detect_encoding(body) not in _UTF_8_ENCODINGS:
        raise Problem(400, "malformed-body", "Malformed body", NOT_UTF_8)


def _takes_a_body(request: Request) -> bool:
    return getattr(request.scope.get("route"), "body_field", None) is not None


def _is_json(declared: Message) -> bool:
    subtype = declared.get_content_subtype()
    main = declared.get_content_maintype() if declared["Content-Type"] else ""
    return main == "application" and (subtype == "json" or subtype.endswith("+json"))
