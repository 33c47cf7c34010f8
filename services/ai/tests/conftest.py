"""ai on real Postgres with the local model. No work is performed and no event sent by itself."""

from collections.abc import AsyncIterator

import pytest
from ai_desk import AiDesk

from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.app import build
from deskstream_ai.settings import Settings
from deskstream_runtime.testing.app import running_app
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.tables import empty_tables


@pytest.fixture(scope="session")
def local_model() -> LocalModel:
    return LocalModel()


@pytest.fixture(scope="session")
def shared_settings(service_settings: SettingsFactory) -> Settings:
    """Settings with one database for all tests, which each test empties."""
    return service_settings(Settings, "deskstream_ai")


@pytest.fixture
async def desk(
    shared_settings: Settings, clock: ManualClock, local_model: LocalModel
) -> AsyncIterator[AiDesk]:
    """The service's HTTP edge and its handlers on an empty database."""
    async with running_app(build(shared_settings, clock)) as app:
        await empty_tables(app.infrastructure)
        yield AiDesk(app, local_model)
