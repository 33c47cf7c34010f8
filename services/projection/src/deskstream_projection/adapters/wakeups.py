"""Tells the other processes of this service that something was committed, through Valkey.

A notice only wakes them: what changed they read from the view. So a notice that is lost, or Valkey
being away, costs the time of one poll and nothing else.
"""

import asyncio
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_log = structlog.get_logger()

_TROUBLE = (RedisError, OSError, TimeoutError)


class Wakeups:
    """Publishes and receives wake-ups on one channel."""

    def __init__(
        self, valkey: Redis, channel: str, retry_s: float, received: Callable[[], None]
    ) -> None:
        self._valkey = valkey
        self._channel = channel
        self._retry_s = retry_s
        self._received = received
        self._to_publish = asyncio.Event()

    def publish_soon(self) -> None:
        """Asks for a notice; several at once become one."""
        self._to_publish.set()

    async def publish(self) -> None:
        """Publishes what was asked for, until cancelled."""
        while True:
            await self._to_publish.wait()
            self._to_publish.clear()
            try:
                await self._valkey.publish(self._channel, b"committed")
            except _TROUBLE as error:
                _log.warning("wakeups.not_published", error=type(error).__name__)
                await asyncio.sleep(self._retry_s)

    async def receive(self) -> None:
        """Calls `received` for each notice, until cancelled; subscribes again when cut off."""
        while True:
            try:
                async with self._valkey.pubsub() as subscription:
                    await subscription.subscribe(self._channel)
                    while True:
                        message = await subscription.get_message(
                            ignore_subscribe_messages=True, timeout=self._retry_s
                        )
                        if message is not None:
                            self._received()
            except _TROUBLE as error:
                _log.warning("wakeups.not_received", error=type(error).__name__)
                await asyncio.sleep(self._retry_s)
