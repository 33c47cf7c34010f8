"""Ingest on real Postgres. What it would send is read from its outbox: no relay runs."""

from collections.abc import AsyncIterator

import pytest
from ingest_desk import Desk

from deskstream_ingest.app import build
from deskstream_ingest.settings import Settings
from deskstream_runtime.service import Service
from deskstream_runtime.testing.app import running_app
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.tables import empty_tables

START = ManualClock().now


@pytest.fixture(scope="session")
def shared(service_settings: SettingsFactory) -> tuple[Service, ManualClock]:
    """One service and one database for all tests, so that a test takes no longer than it must."""
    clock = ManualClock()
    return build(service_settings(Settings, "deskstream_ingest"), clock), clock


@pytest.fixture
async def desk(shared: tuple[Service, ManualClock]) -> AsyncIterator[Desk]:
    """The service's HTTP edge on an empty database, at the same time every time."""
    service, clock = shared
    clock.now = START
    async with running_app(service) as app:
        await empty_tables(app.infrastructure)
        yield Desk(app, clock)
