"""Fixtures: the fakes, and notify on a real database."""

import socket
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from cryptography.fernet import Fernet
from notify_bench import Bench
from notify_fakes import FakeMailServer, FakeReceiver, fake_mail_server, fake_receiver
from pydantic import SecretStr

from deskstream_notify.app import build
from deskstream_notify.settings import Settings, SmtpSettings, WebhookSettings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.testing.app import running_app
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.tables import empty_tables, opened

DUTY = ("duty@shop.example",)


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
    service_settings: SettingsFactory,
    smtp_settings: SmtpSettings,
    webhook_settings: WebhookSettings,
) -> Settings:
    """Settings with a database of their own, for a whole service.

    Time-outs are long: on a busy machine, a mail with an unknown result would be sent again.
    """
    return service_settings(
        Settings,
        "deskstream_notify",
        smtp=smtp_settings.model_copy(update={"timeout_s": 30.0}),
        webhook=webhook_settings.model_copy(update={"timeout_s": 30.0}),
        alert_addresses=DUTY,
        alert_gather_s=0.2,
    )


@pytest.fixture(scope="session")
def shared_dsn(new_database: Callable[..., str]) -> str:
    """One database for all benches, emptied for each: that is quicker than a new one."""
    return new_database("deskstream_notify")


@pytest.fixture
async def bench(
    service_settings: SettingsFactory,
    shared_dsn: str,
    smtp_settings: SmtpSettings,
    webhook_settings: WebhookSettings,
) -> AsyncIterator[Bench]:
    """notify's parts on an empty database. Signatures need the real time, so it starts there."""
    settings = service_settings(
        Settings,
        postgres={"dsn": shared_dsn},
        smtp=smtp_settings,
        webhook=webhook_settings,
        alert_addresses=DUTY,
    )
    bench = Bench(settings, ManualClock(utc_now()))
    async with opened(bench.infrastructure):
        await empty_tables(bench.infrastructure)
        yield bench
        await bench.sender.close()


@pytest.fixture
async def api(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service's routes, on the bench's database."""
    async with running_app(build(bench.settings, bench.clock)) as app:
        yield app.http
