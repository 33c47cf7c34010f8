"""A claim is reported once the views confirm it; otherwise what is missing, and why."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx

from deskstream_cli.demo.claims import Missing
from deskstream_cli.stack.errors import StackError

LOOK_EVERY_S = 0.7

Look = Callable[[], Awaitable[Sequence[Missing]]]
Reasons = Callable[[], Awaitable[Sequence[str]]]


async def prove(look: Look, why: Reasons, *, of: int, timeout_s: float) -> None:
    """Look again and again until nothing is missing.

    Raises StackError after `timeout_s`: it names what is missing of how many messages, and what
    the parts of the system say of themselves.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            missing = [str(one) for one in await look()]
        except httpx.HTTPError as error:
            missing = [f"they cannot be looked at: {_in_words(error)}"]
        if not missing:
            return
        if time.monotonic() > deadline:
            raise StackError(_message(missing, await why(), of, timeout_s))
        await asyncio.sleep(LOOK_EVERY_S)


def _message(missing: Sequence[str], reasons: Sequence[str], of: int, timeout_s: float) -> str:
    lines = [f"After {timeout_s:g} s, of {of} messages:", *(f"  {one}." for one in missing)]
    lines += ["Why it may be:", *(f"  {one}" for one in reasons)]
    return "\n".join(lines)


def _in_words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.request.url.path} answers {error.response.status_code}"
    return f"the API does not answer ({type(error).__name__})"
