"""The service on real Postgres."""

from collections.abc import AsyncIterator

import pytest

from deskstream_newservice.app import build
from deskstream_newservice.settings import Settings
from deskstream_runtime.service import Service
from deskstream_runtime.testing.app import RunningApp, running_app
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.tables import empty_tables


@pytest.fixture(scope="session")
def service(service_settings: SettingsFactory) -> Service:
    """One service and one database for all tests."""
    return build(service_settings(Settings, "deskstream_newservice"), ManualClock())


@pytest.fixture
async def app(service: Service) -> AsyncIterator[RunningApp]:
    """The service's HTTP edge and handlers over empty tables."""
    async with running_app(service) as running:
        await empty_tables(running.infrastructure)
        yield running
