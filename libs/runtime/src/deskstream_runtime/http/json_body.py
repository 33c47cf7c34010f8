"""What a body must be: declared as JSON, in UTF-8 (RFC 8259 section 8.1), of texts we can keep."""

import json
from collections.abc import Iterator
from email.message import Message
from typing import Any

from fastapi import Request
from starlette.requests import HTTPConnection

from deskstream_runtime.http.problems import NOT_UTF_8, Problem

NO_NUL = r"^[^\x00]*$"
"""The pattern by which a schema documents that it refuses U+0000, as every route does."""

_ESCAPE = b"\\u"
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


async def refuse_unstorable_text(request: HTTPConnection) -> None:
    """A dependency of every route: 422 for U+0000 or half a surrogate pair in a JSON body.

    A WebSocket has no body; what its messages hold is for its route to parse.

    JSON writes both as escapes (RFC 8259 section 7), pydantic lets both through, and neither
    Postgres' text nor UTF-8 can hold them. Bodies without an escape, nearly all, cost one search.
    """
    if not isinstance(request, Request) or _ESCAPE not in await request.body():
        return
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return  # not JSON: whether that is wrong is for the route to say
    for text in _texts(body):
        if "\0" in text:
            raise unstorable("U+0000")
        if not _is_unicode(text):
            raise unstorable("half a surrogate pair")


def unstorable(what: str) -> Problem:
    """422: a text holds what cannot be kept."""
    detail = f"A text in this request holds {what}, which cannot be kept: remove it."
    return Problem(422, "invalid-request", "Invalid request", detail)


def _texts(body: Any) -> Iterator[str]:
    """Every string in a JSON value, names of members too."""
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _takes_a_body(request: Request) -> bool:
    return getattr(request.scope.get("route"), "body_field", None) is not None


def _is_json(declared: Message) -> bool:
    subtype = declared.get_content_subtype()
    main = declared.get_content_maintype() if declared["Content-Type"] else ""
    return main == "application" and (subtype == "json" or subtype.endswith("+json"))
