"""A service for tests: its HTTP edge alone in the test's process, or all of its parts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.service import Service
from deskstream_runtime.testing.api_keys import bearer
from deskstream_runtime.testing.documented import DocumentedTransport
from deskstream_runtime.testing.tables import opened
from deskstream_runtime.testing.waiting import eventually


@dataclass(frozen=True, slots=True)
class RunningApp:
    """A service, what its handlers are built from, and a client with a key for every scope."""

    service: Service
    infrastructure: Infrastructure
    http: httpx.AsyncClient


@asynccontextmanager
async def running_app(service: Service) -> AsyncIterator[RunningApp]:
    """The HTTP edge alone, on the open database: nothing is read from the log or sent to it.

    An answer that the service's OpenAPI document does not declare fails the test. A service that
    decides on its own events takes commands: the log holds nothing of a database without a relay.
    """
    if service.own_log is not None:
        service.own_log.behind = None
    async with (
        opened(service.infrastructure) as infrastructure,
        httpx.AsyncClient(
            transport=DocumentedTransport(service.app), base_url="http://test", headers=bearer()
        ) as http,
    ):
        yield RunningApp(service, infrastructure, http)


@dataclass(frozen=True, slots=True)
class RunningService(RunningApp):
    """`failed` fails when a part of the service does."""

    failed: "asyncio.Future[None]"


@asynccontextmanager
async def running_service(
    service: Service, *, within_s: float = 60.0
) -> AsyncIterator[RunningService]:
    """The whole service with all its parts, once it works; the client calls its real address."""
    async with service.running() as failed:
        await eventually(lambda: not service.problems(), within_s=within_s, what="a ready service")
        async with httpx.AsyncClient(base_url=service.url, headers=bearer(), timeout=20) as http:
            yield RunningService(service, service.infrastructure, http, failed)
