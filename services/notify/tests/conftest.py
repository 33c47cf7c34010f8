"""Fixtures: the fakes, and notify on a real database."""

import hashlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from notify_bench import Bench
from notify_fakes import FakeMailServer, FakeReceiver, fake_mail_server, fake_receiver
from pydantic import SecretStr

from deskstream_localstack.testing import LocalStack
from deskstream_notify.app import build
from deskstream_notify.settings import Settings, SmtpSettings, WebhookSettings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.http.api_keys import ApiKey
from deskstream_runtime.settings import KafkaSettings, PostgresSettings
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.documented import DocumentedTransport

DUTY = ("duty@shop.example",)
TABLES = (
    "notification",
    "delivery_report",
    "webhook_subscription",
    "webhook_event",
    "ticket_words",
    "work",
    "outbox",
    "idempotency_key",
)


@pytest.fixture
async def mail_server() -> AsyncIterator[FakeMailServer]:
    async with fake_mail_server() as server:
        yield server


@pytest.fixture
async def receiver() -> AsyncIterator[FakeReceiver]:
    async with fake_receiver() as server:
        yield server


@pytest.fixture
def unused_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def smtp_settings(mail_server: FakeMailServer) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1",
        port=mail_server.port,
        security="none",
        sender="Shop Support <help@shop.example>",
        timeout_s=2.0,
    )


@pytest.fixture
def webhook_settings() -> WebhookSettings:
    return WebhookSettings(
        secret_keys=(SecretStr(Fernet.generate_key().decode()),),
        allow_private_networks=True,
        timeout_s=2.0,
        redeliver_max=2,
    )


@pytest.fixture
def own_settings(
    service_settings: Callable[..., Any],
    smtp_settings: SmtpSettings,
    webhook_settings: WebhookSettings,
) -> Settings:
    """Settings with a database of their own, for a whole service.

    Time-outs are long: on a busy machine, a mail with an unknown result would be sent again.
    """
    settings: Settings = service_settings(
        Settings,
        "deskstream_notify",
        smtp=smtp_settings.model_copy(update={"timeout_s": 30.0}),
        webhook=webhook_settings.model_copy(update={"timeout_s": 30.0}),
        alert_addresses=DUTY,
        alert_gather_s=0.2,
    )
    return settings


@pytest.fixture(scope="session")
def shared_dsn(new_database: Callable[..., str]) -> str:
    """One database for all benches, emptied for each: that is quicker than a new one."""
    return new_database("deskstream_notify")


@pytest.fixture(scope="session")
def keys_file(tmp_path_factory: pytest.TempPathFactory, api_key: str) -> Path:
    digest = hashlib.sha256(api_key.encode()).hexdigest()
    scopes = frozenset({"webhooks:write", "tickets:read"})
    key = ApiKey(id="test", name="test", sha256=digest, scopes=scopes)
    path = tmp_path_factory.mktemp("keys") / "api-keys.json"
    path.write_text(f'{{"keys": [{key.model_dump_json()}]}}')
    return path


@pytest.fixture
async def bench(
    parts: LocalStack,
    shared_dsn: str,
    keys_file: Path,
    smtp_settings: SmtpSettings,
    webhook_settings: WebhookSettings,
) -> AsyncIterator[Bench]:
    settings = Settings(
        postgres=PostgresSettings(dsn=SecretStr(shared_dsn)),
        kafka=KafkaSettings(bootstrap=parts.kafka_bootstrap),
        valkey_url=SecretStr(parts.valkey_url),
        http_port=0,
        api_keys_file=str(keys_file),
        smtp=smtp_settings,
        webhook=webhook_settings,
        alert_addresses=DUTY,
    )
    # Signatures are checked against the real time, so the clock starts there.
    bench = Bench(settings, ManualClock(utc_now()))
    await bench.infrastructure.database.open()
    for table in TABLES:
        await bench.value(f"delete from {table}")
    yield bench
    await bench.sender.close()
    await bench.infrastructure.database.close()
    await bench.infrastructure.valkey.aclose()


@pytest.fixture
async def api(bench: Bench, api_key: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service's routes, on the bench's database."""
    service = build(bench.settings, bench.clock)
    await service._infrastructure.database.open()
    headers = {"Authorization": f"Bearer {api_key}"}
    transport = DocumentedTransport(service.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://notify", headers=headers
    ) as client:
        yield client
    await service._infrastructure.database.close()
    await service._infrastructure.valkey.aclose()
