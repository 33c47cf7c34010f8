"""Texts that JSON allows and that cannot be kept: refused at the edge, for every route alike."""

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from starlette.requests import HTTPConnection

from deskstream_runtime.http.problems import Problem

NO_NUL = r"^[^\x00]*$"
"""The pattern by which a schema documents that it refuses U+0000, as every route does."""

_ESCAPE = b"\\u"


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
