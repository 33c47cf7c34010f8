"""Waiting for a condition, never for a time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

_POLL_S = 0.02


@overload
async def eventually(
    condition: Callable[[], Awaitable[T | None]], *, within_s: float = ..., what: str = ...
) -> T: ...


@overload
async def eventually(
    condition: Callable[[], T | None], *, within_s: float = ..., what: str = ...
) -> T: ...


async def eventually(
    condition: Callable[[], object], *, within_s: float = 15.0, what: str = "the condition"
) -> object:
    """Polls until the condition is truthy and returns its value.

    A condition that raises `AssertionError` is not yet met. Raises that when time is up.
    """
    last: object = None
    try:
        async with asyncio.timeout(within_s):
            while True:
                try:
                    result = condition()
                    value = await result if inspect.isawaitable(result) else result
                    if value:
                        return value
                    last = value
                except AssertionError as error:
                    last = error
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise AssertionError(f"{what} did not come within {within_s} s; last: {last!r}") from None
