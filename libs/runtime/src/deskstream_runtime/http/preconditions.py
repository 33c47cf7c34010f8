"""`If-Match`: only if the thing still is the version the caller saw (RFC 9110 section 13.1.1)."""

import re
from collections.abc import Container
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.exceptions import RequestValidationError

_NAME = "If-Match"
_TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
_PATTERN = rf"^(?:\*|(?:,[ \t]*)*{_TAG}(?:[ \t]*,(?:[ \t]*{_TAG})?)*)$"
_VERSION = re.compile(r'(W/)?"([^"]*)"')
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")
_EVERY_VERSION = range(1, 10**16)

_DESCRIPTION = (
    'The ETag the caller saw, like "3", or several with commas between, of which one has to be '
    "the version now; * is any version of what exists. A weak tag (W/) or one that is no version "
    "of ours never matches: 412. Anything else is 422. Several lines count as one list."
)


def expected_versions(condition: str) -> Container[int]:
    """The versions that an `If-Match` allows; weak and unknown tags (section 8.8.3) allow none.

    Raises `ValueError` when it is neither `*` nor a list of entity tags.
    """
    if not re.fullmatch(_PATTERN, condition):
        raise ValueError('If-Match should be * or a list of entity tags like "3", "4"')
    if condition == "*":
        return _EVERY_VERSION
    return frozenset(
        int(tag) for weak, tag in _VERSION.findall(condition) if not weak and _NUMBER.fullmatch(tag)
    )


async def _expected_versions(
    request: Request,
    if_match: Annotated[
        str | None, Header(alias=_NAME, pattern=_PATTERN, description=_DESCRIPTION)
    ] = None,
) -> Container[int] | None:
    # FastAPI sees one line of a header; section 5.3 joins them.
    if if_match is None:
        return None
    condition = ", ".join(request.headers.getlist(_NAME))
    try:
        return expected_versions(condition)
    except ValueError as error:
        wrong = {"type": "value_error", "loc": ("header", _NAME), "msg": str(error)}
        raise RequestValidationError([wrong]) from None


IfMatch = Annotated[Container[int] | None, Depends(_expected_versions)]
"""The versions a request is meant for; None when it does not say."""
