"""A broker that asks for a login: a service works with it, and a client without one is refused."""

from collections.abc import Iterator

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from conftest import Bench, running
from pydantic import SecretStr
from runtime_toy import SCHEMA

from deskstream_contracts import TOPICS
from deskstream_localstack.kafka import KafkaLogin, has_live_broker, prepare_kafka
from deskstream_localstack.part import LOOPBACK
from deskstream_localstack.ports import free_ports
from deskstream_localstack.process import PartProcess
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.settings import KafkaSecuritySettings, ServiceSettings
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually

LOGIN = KafkaLogin("toy", "a-password.of_the-tests")


@pytest.fixture(scope="module")
def broker(servers: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("broker")
    port, controller_port = free_ports(2)
    process = PartProcess(
        prepare_kafka(folder / "kafka", port, controller_port, login=LOGIN), folder / "kafka.log"
    )
    process.start()
    yield port
    process.stop()


def access(port: int, password: str = LOGIN.password) -> KafkaAccess:
    security = KafkaSecuritySettings(
        protocol="SASL_PLAINTEXT", username=LOGIN.username, password=SecretStr(password)
    )
    return KafkaAccess(f"{LOOPBACK}:{port}", security)


@pytest.mark.parametrize("how", ["without", "with another password"])
async def test_a_client_without_the_login_is_refused(broker: int, how: str) -> None:
    kafka = (
        KafkaAccess(f"{LOOPBACK}:{broker}", KafkaSecuritySettings(protocol="PLAINTEXT"))
        if how == "without"
        else access(broker, "another")
    )
    consumer = AIOKafkaConsumer(**kafka.client_options(), request_timeout_ms=1_000)
    try:
        with pytest.raises(KafkaError):
            await consumer.start()
    finally:
        await consumer.stop()


def test_the_broker_is_ready_for_who_has_the_login_alone(broker: int) -> None:
    assert has_live_broker(broker, LOGIN)
    assert not has_live_broker(broker)
    assert not has_live_broker(broker, KafkaLogin(LOGIN.username, "another"))


async def test_a_service_sends_and_reads_with_the_login(
    broker: int, service_settings: SettingsFactory
) -> None:
    kafka = access(broker)
    await create_topics(kafka, TOPICS)
    settings = service_settings(
        ServiceSettings, kafka={"bootstrap": kafka.bootstrap, "security": kafka.security}
    )
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    await connection.execute(SCHEMA)
    await connection.close()
    bench = Bench(settings, kafka.bootstrap)
    async with running(bench) as run:
        client = run.http
        assert (await client.post("/v1/notes", json={"text": "hello"})).status_code == 201
        assert len(await eventually(bench.handled, within_s=40, what="the note read back")) == 1
