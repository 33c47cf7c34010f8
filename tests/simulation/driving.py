"""Coroutines of the runtime driven by hand: no event loop, no clock, no order but ours."""

from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


def run(coroutine: Coroutine[Any, Any, R]) -> R:
    """Runs a coroutine that waits for nothing but its turn (`asyncio.sleep(0)`) to its end."""
    try:
        while True:
            waits_for = coroutine.send(None)
            assert waits_for is None, f"nobody here can end its wait for {waits_for!r}"
    except StopIteration as ended:
        result: R = ended.value
        return result
