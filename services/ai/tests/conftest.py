"""Fixtures: ai on a real database, and the local model."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from ai_desk import AiDesk

from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.app import build
from deskstream_ai.settings import Settings
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.documented import DocumentedTransport


@pytest.fixture(scope="session")
def local_model() -> LocalModel:
    return LocalModel()


_EMPTY = """
do $$ begin execute (
    select 'truncate ' || string_agg(quote_ident(tablename), ', ') from pg_tables
    where schemaname = 'public' and tablename <> 'schema_migrations'
); end $$
"""


@pytest.fixture(scope="session")
def made_once() -> dict[str, Settings]:
    """The settings of tests that share a database: one for each test takes minutes to stop."""
    return {}


@pytest.fixture
async def desk(
    made_once: dict[str, Settings],
    service_settings: Callable[..., Any],
    api_key: str,
    clock: ManualClock,
    local_model: LocalModel,
) -> AsyncIterator[AiDesk]:
    """The service on an empty database."""
    if "settings" not in made_once:
        made_once["settings"] = service_settings(Settings, "deskstream_ai")
    service = build(made_once["settings"], clock)
    infrastructure = service._infrastructure
    await infrastructure.database.open()
    async with infrastructure.database.connection() as connection:
        await connection.execute(_EMPTY)
    async with httpx.AsyncClient(
        transport=DocumentedTransport(service.app),
        base_url="http://ai",
        headers={"Authorization": f"Bearer {api_key}"},
    ) as http:
        yield AiDesk(http, infrastructure, local_model)
    await infrastructure.database.close()
