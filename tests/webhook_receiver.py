"""A subscriber that takes every call."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

_SIZE_MAX_BYTES = 1_000_000


@dataclass
class WebhookReceiver:
    """Its address, and the events it was called with."""

    url: str
    events: list[dict[str, Any]] = field(default_factory=list)


@asynccontextmanager
async def webhook_receiver() -> AsyncIterator[WebhookReceiver]:
    """Listens on loopback and answers 204."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        size = int(head.partition("content-length:")[2].partition("\r\n")[0])
        assert size <= _SIZE_MAX_BYTES
        receiver.events.append(json.loads(await reader.readexactly(size)))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        receiver = WebhookReceiver(f"http://127.0.0.1:{port}/calls")
        yield receiver
