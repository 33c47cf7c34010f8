"""Which request this is: the gateway's `X-Request-Id`, or one of our own where there is none."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

HEADER = "X-Request-Id"

_CURRENT: ContextVar[str | None] = ContextVar("request_id", default=None)
# What a caller sends goes back in a header and into logs, so it is only what can do no harm there.
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


@contextmanager
def request_id_of(headers: Mapping[str, str]) -> Iterator[str]:
    """The id of the request with these headers, which is the current one inside the block."""
    given = headers.get(HEADER, "")
    request_id = given if _HARMLESS.fullmatch(given) else str(uuid4())
    token = _CURRENT.set(request_id)
    try:
        yield request_id
    finally:
        _CURRENT.reset(token)


def current_request_id() -> str | None:
    """The id of the request that is being answered, or none outside of one."""
    return _CURRENT.get()
