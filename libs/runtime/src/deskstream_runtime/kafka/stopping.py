"""Stopping a client that may hang on a broker that is away."""

import asyncio
from collections.abc import Awaitable

import structlog

_log = structlog.get_logger()

STOP_TIMEOUT_S = 5.0


async def stopped(
    stopping: Awaitable[object], client: str, within_s: float = STOP_TIMEOUT_S
) -> None:
    """Waits for the client's own way to stop, so long at the most. Never fails.

    What it leaves behind after that ends with the process.
    """
    try:
        async with asyncio.timeout(within_s):
            await stopping
    except Exception as error:
        _log.warning("kafka.stop_failed", client=client, error=type(error).__name__)
