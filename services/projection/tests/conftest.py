"""Fixtures of the projection's tests, on the real parts."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from asking import asking

from deskstream_projection.app import build
from deskstream_projection.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.service import Service


@pytest.fixture
def settings(service_settings: Callable[..., Any]) -> Settings:
    """Settings on the real parts, with a fresh database."""
    chosen: Settings = service_settings(Settings, "deskstream_projection")
    return chosen


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A connection to the fresh database."""
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    yield connection
    await connection.close()


@pytest.fixture
async def service(settings: Settings, kafka_topics: str) -> AsyncIterator[Service]:
    """The whole service, running in this process on the same database."""
    running = build(settings, utc_now)
    async with running.running():
        yield running


@pytest.fixture
async def client(settings: Settings, api_key: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with all scopes, of a service that reads no topics."""
    async with asking(settings, api_key, utc_now) as http:
        yield http
