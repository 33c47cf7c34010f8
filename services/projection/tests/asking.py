"""The service's HTTP API with a clock that the test chooses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from deskstream_projection.app import build
from deskstream_projection.settings import Settings
from deskstream_runtime.clock import Clock
from deskstream_runtime.testing.documented import DocumentedTransport


@asynccontextmanager
async def asking(
    settings: Settings, api_key: str, clock: Clock
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with all scopes, of a service that reads no topics."""
    service = build(settings, clock)
    await service._infrastructure.database.open()
    transport = DocumentedTransport(service.app)
    headers = {"Authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as http:
        yield http
    await service._infrastructure.valkey.aclose()
    await service._infrastructure.database.close()
