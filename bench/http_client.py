"""An HTTP/1.1 client thin enough that what is measured is the server."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Connection:
    """One keep-alive connection: one request at a time."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._head = head

    async def post(self, path: str, body: bytes) -> Answer:
        """Sends a JSON body."""
        content = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._writer.write(f"POST {path} {self._head}{content}".encode() + body)
        return await self._answer()

    async def get(self, path: str) -> Answer:
        """Asks for a path with its query."""
        self._writer.write(f"GET {path} {self._head}\r\n".encode())
        return await self._answer()

    async def _answer(self) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return Answer(status, await self._reader.readexactly(length))

    def close(self) -> None:
        """Hangs up."""
        self._writer.close()


@asynccontextmanager
async def connections(url: str, key: str, count: int) -> AsyncIterator[Sequence[Connection]]:
    """Opens connections to the server of a URL, each request carrying the API key."""
    place = urlsplit(url)
    head = f"HTTP/1.1\r\nhost: {place.netloc}\r\nauthorization: Bearer {key}\r\n"
    opened = [
        Connection(*await asyncio.open_connection(place.hostname, place.port), head)
        for _ in range(count)
    ]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()
