"""Wakes the other processes of this service after a commit, through Valkey.

A wake-up carries nothing: what changed is read from the view. So one that is lost, or Valkey being
away, costs the time of one poll and nothing else.
"""

import asyncio
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_log = structlog.get_logger()

_RETRY_S = 1.0
_NOT_REACHED = (RedisError, OSError, TimeoutError)


class Wakeups:
    """Publishes and receives wake-ups on one channel; `received` is called for each."""

    def __init__(self, valkey: Redis, channel: str, received: Callable[[], None]) -> None:
        self._valkey = valkey
        self._channel = channel
        self._received = received
        self._to_publish = asyncio.Event()

    def publish_soon(self) -> None:
        """Requests a wake-up; several at once become one."""
        self._to_publish.set()

    async def publish(self) -> None:
        """Publishes what was requested, until cancelled."""
        while True:
            await self._to_publish.wait()
            self._to_publish.clear()
            try:
                await self._valkey.publish(self._channel, b"committed")
            except _NOT_REACHED as error:
                _log.warning("wakeups.not_published", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)

    async def receive(self) -> None:
        """Receives until cancelled, and subscribes again when disconnected."""
        while True:
            try:
                async with self._valkey.pubsub() as subscription:
                    await subscription.subscribe(self._channel)
                    while True:
                        message = await subscription.get_message(
                            ignore_subscribe_messages=True, timeout=_RETRY_S
                        )
                        if message is not None:
                            self._received()
            except _NOT_REACHED as error:
                _log.warning("wakeups.not_received", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
