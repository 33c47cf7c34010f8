"""A topic that a service may not write, read or see stops no other; health names it until it may.

On a broker with an authoriser: everybody needs a right for what they do.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest
from conftest import Bench
from pydantic import SecretStr
from runtime_toy import FOLLOWS, SCHEMA, TOPIC, build, request_event

from deskstream_contracts import TOPICS, Topic, encode
from deskstream_localstack.kafka import KafkaLogin, prepare_kafka
from deskstream_localstack.part import LOOPBACK
from deskstream_localstack.ports import free_ports
from deskstream_localstack.process import PartProcess
from deskstream_runtime.consuming.routing import Routes
from deskstream_runtime.effects import Effects
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.settings import KafkaSecuritySettings, ServiceSettings
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.unit_of_work import UnitOfWork

OWNER = KafkaLogin("owner", "a-password.of_the-tests")
TOY = KafkaLogin("toy", "another-password.of_the-tests")

# Numbers of the protocol, as org.apache.kafka.common.acl and .resource have them.
ON_TOPIC, ON_GROUP = 2, 3
LITERAL = 3
ALL, READ, WRITE, DESCRIBE = 2, 3, 4, 8
DENY, ALLOW = 2, 3


def access(bootstrap: str, login: KafkaLogin) -> KafkaAccess:
    security = KafkaSecuritySettings(
        protocol="SASL_PLAINTEXT", username=login.username, password=SecretStr(login.password)
    )
    return KafkaAccess(bootstrap, security)


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(**access(bootstrap, OWNER).client_options())
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def put(bootstrap: str, resource: int, name: str, operation: int, permission: int) -> None:
    """One more rule about the toy's user."""
    request = CreateAclsRequest(
        resource, name, LITERAL, f"User:{TOY.username}", "*", operation, permission
    )
    async with admin(bootstrap) as client:
        answer = await client._send_request(request)
        assert [code for code, _ in answer.creation_responses] == [0]


async def take_back(bootstrap: str, topic: str, operation: int) -> None:
    """What was denied is so no longer."""
    request = DeleteAclsRequest(
        ON_TOPIC, topic, LITERAL, f"User:{TOY.username}", "*", operation, DENY
    )
    async with admin(bootstrap) as client:
        answer = await client._send_request(request)
        ((code, _, matching),) = answer.filter_responses
        assert (code, len(matching)) == (0, 1)


@pytest.fixture(scope="module")
def broker(servers: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker with an authoriser, that knows its owner and the toy."""
    folder = tmp_path_factory.mktemp("broker")
    port, controller_port = free_ports(2)
    part = prepare_kafka(folder / "kafka", port, controller_port, login=OWNER)
    config = folder / "kafka" / "server.properties"
    users = f'user_{OWNER.username}="{OWNER.password}"'
    settings = config.read_text().replace(users, f'{users} user_{TOY.username}="{TOY.password}"')
    config.write_text(
        f"{settings}"
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
        f"super.users=User:{OWNER.username}\n"
    )
    process = PartProcess(part, folder / "kafka.log")
    process.start()
    yield f"{LOOPBACK}:{port}"
    process.stop()


@pytest.fixture
async def bench(
    broker: str, service_settings: SettingsFactory, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    """The toy's database; its user may do all to every topic and group."""
    monkeypatch.setattr("deskstream_runtime.consuming.held_topics._REFUSED_FOR_S", 0.2)
    await create_topics(access(broker, OWNER), TOPICS)
    await put(broker, ON_TOPIC, "*", ALL, ALLOW)
    await put(broker, ON_GROUP, "*", ALL, ALLOW)
    kafka = {
        "bootstrap": broker,
        "security": access(broker, TOY).security,
        "relay_retry_most_s": 0.5,
    }
    settings = service_settings(ServiceSettings, kafka=kafka)
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        await connection.execute(SCHEMA)
    finally:
        await connection.close()
    return Bench(settings, broker)


@pytest.fixture
async def other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Topic:
    """A topic beside the toy's own, that it reads too."""
    topic = Topic(f"not.allowed.{uuid4().hex}", "ai", ("escalation",), 2, "A topic to forbid.")
    monkeypatch.setattr(Routes, "topics", property(lambda _: (TOPIC, topic.name)))
    await create_topics(access(bench.bootstrap, OWNER), [topic])
    return topic


async def all_flow(bench: Bench) -> None:
    """Events of the toy's own topic are accepted, sent, and read back."""
    database = Database(bench.settings.postgres, "test")
    await database.open()
    events = [request_event() for _ in range(3)]

    async def act(tx: Transaction) -> Effects:
        return Effects(events=events)

    try:
        await UnitOfWork(database).run(act)
    finally:
        await database.close()
    await bench.handles(*events)


async def handled(bench: Bench, topic: Topic, records: int) -> None:
    async def are_handled() -> bool:
        sql = "select sum(next_offset)::int from consumer_offset where topic = $1"
        return bool(await bench.value(sql, topic.name) == records)

    await eventually(are_handled, within_s=40, what=f"{records} records of {topic.name}")


async def write(bench: Bench, topic: Topic) -> None:
    """A record that the toy gives to the dead letters, sent by its own relay."""
    record = encode(request_event())
    await bench.query(
        "insert into outbox (topic, partition, key, headers, value) values ($1, 0, $2, '[]', $3)",
        topic.name,
        record.key,
        b"{",
    )


@pytest.mark.parametrize("operation", [READ, DESCRIBE], ids=["not read", "not even see"])
async def test_one_that_it_may_not_read(bench: Bench, other: Topic, operation: int) -> None:
    service, _ = build(bench.settings)
    async with service.running():
        await eventually(lambda: service.problems() == {}, within_s=40)
        await write(bench, other)
        await handled(bench, other, 1)
        await put(bench.bootstrap, ON_TOPIC, other.name, operation, DENY)
        await eventually(lambda: other.name in service.problems().get("topics", ""), within_s=40)
        await all_flow(bench)
        assert set(service.problems()) <= {"topics"}

        await take_back(bench.bootstrap, other.name, operation)
        await write(bench, other)
        await handled(bench, other, 2)
        await eventually(lambda: service.problems() == {}, within_s=40)
        await all_flow(bench)


async def test_one_that_it_may_not_read_from_the_start(bench: Bench, other: Topic) -> None:
    await put(bench.bootstrap, ON_TOPIC, other.name, READ, DENY)
    service, _ = build(bench.settings)
    async with service.running():
        await eventually(lambda: other.name in service.problems().get("topics", ""), within_s=40)
        await all_flow(bench)
        await take_back(bench.bootstrap, other.name, READ)
        await eventually(lambda: service.problems() == {}, within_s=40)


@pytest.mark.parametrize("operation", [WRITE, DESCRIBE], ids=["not write", "not even see"])
async def test_one_that_it_may_not_write(bench: Bench, operation: int) -> None:
    await put(bench.bootstrap, ON_TOPIC, FOLLOWS, operation, DENY)
    service, _ = build(bench.settings)
    async with service.running():
        await all_flow(bench)

        async def told() -> bool:
            stories = await bench.query("select topic, error from topic_aside")
            return [tuple(row) for row in stories] == [(FOLLOWS, "TopicAuthorizationFailedError")]

        await eventually(told, within_s=40, what="the story of a topic")
        await eventually(lambda: FOLLOWS in service.problems().get("relay", ""), within_s=40)
        await all_flow(bench)

        await take_back(bench.bootstrap, FOLLOWS, operation)

        async def is_back() -> bool:
            waiting = "select (select count(*) from outbox) + (select count(*) from topic_aside)"
            return await bench.count(waiting) == 0

        await eventually(is_back, within_s=40, what="the topic brought back")
        await eventually(lambda: service.problems() == {}, within_s=40)
