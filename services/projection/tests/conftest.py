"""Fixtures of the projection's tests, on the real parts."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import asyncpg
import httpx
import pytest
from stored import Connection

from deskstream_projection.app import build
from deskstream_projection.settings import Settings
from deskstream_runtime.service import Service
from deskstream_runtime.testing.app import running_app
from deskstream_runtime.testing.log import LogWriter, log_writer
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.tables import empty_tables, opened


@pytest.fixture(scope="session")
def shared_dsn(new_database: Callable[..., str]) -> str:
    """One database for all tests: emptying it takes less than making and dropping another."""
    return new_database("deskstream_projection")


@pytest.fixture
async def new_settings(
    shared_dsn: str, service_settings: SettingsFactory
) -> Callable[..., Settings]:
    """A function: overrides → settings on the real parts, with an empty database."""
    make = partial(service_settings, Settings, postgres={"dsn": shared_dsn})
    async with opened(build(make()).infrastructure) as infrastructure:
        await empty_tables(infrastructure)
    return make


@pytest.fixture
def settings(new_settings: Callable[..., Settings]) -> Settings:
    """Settings on the real parts, with an empty database."""
    return new_settings()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Connection]:
    """A connection to the same database."""
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    yield connection
    await connection.close()


@pytest.fixture
async def service(settings: Settings, kafka_topics: str) -> AsyncIterator[Service]:
    """The whole service, running in this process on the same database."""
    running = build(settings)
    async with running.running():
        yield running


@pytest.fixture
async def log(kafka_topics: str) -> AsyncIterator[LogWriter]:
    """Writes to the log that the service reads."""
    async with log_writer(kafka_topics) as writer:
        yield writer


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with all scopes, of a service that reads no topics."""
    async with running_app(build(settings)) as app:
        yield app.http
