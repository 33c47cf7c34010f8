"""Ingest on real Postgres. What it would send is read from its outbox: no relay runs."""

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from ingest_desk import Desk

from deskstream_ingest.app import build
from deskstream_ingest.settings import Settings
from deskstream_localstack.testing import LocalStack
from deskstream_runtime.http.api_keys import ApiKey
from deskstream_runtime.service import Service
from deskstream_runtime.settings import KafkaSettings, PostgresSettings
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.documented import DocumentedTransport

START = ManualClock().now


@pytest.fixture(scope="session")
def keys_file(tmp_path_factory: pytest.TempPathFactory, api_key: str) -> Path:
    digest = hashlib.sha256(api_key.encode()).hexdigest()
    scopes = frozenset({"tickets:write", "tickets:import"})
    key = ApiKey(id="test", name="test", sha256=digest, scopes=scopes)
    path = tmp_path_factory.mktemp("keys") / "api-keys.json"
    path.write_text(f'{{"keys": [{key.model_dump_json()}]}}')
    return path


@pytest.fixture(scope="session")
def shared(
    parts: LocalStack, new_database: Callable[..., str], keys_file: Path
) -> tuple[Service, ManualClock]:
    """One service and one database for all tests, so that a test takes no longer than it must."""
    clock = ManualClock()
    settings = Settings(
        postgres=PostgresSettings(dsn=new_database("deskstream_ingest")),  # type: ignore[arg-type]
        kafka=KafkaSettings(bootstrap=parts.kafka_bootstrap),
        valkey_url=parts.valkey_url,  # type: ignore[arg-type]
        http_port=0,
        api_keys_file=str(keys_file),
    )
    return build(settings, clock), clock


@pytest.fixture
async def desk(shared: tuple[Service, ManualClock], api_key: str) -> AsyncIterator[Desk]:
    """The service's HTTP edge on an empty database, at the same time every time."""
    service, clock = shared
    clock.now = START
    infrastructure = service._infrastructure
    await infrastructure.database.open()
    own_log = service._own_log
    assert own_log is not None
    own_log.behind = None  # no relay runs: the log holds nothing of this database
    async with infrastructure.database.connection() as connection:
        await connection.execute(
            "delete from ticket; delete from draft; delete from provider_message;"
            "delete from outbox; delete from idempotency_key; delete from taken_fact"
        )
    async with httpx.AsyncClient(
        transport=DocumentedTransport(service.app),
        base_url="http://ingest",
        headers={"Authorization": f"Bearer {api_key}"},
    ) as http:
        yield Desk(http, infrastructure, clock, own_log)
    await infrastructure.database.close()
