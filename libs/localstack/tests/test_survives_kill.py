"""A part killed with kill -9 comes back on the same port with what it had promised to keep."""

import asyncio

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deskstream_localstack.testing import LocalStack
from deskstream_localstack.valkey import answers_ping

TIMEOUT_S = 20


def test_kafka_keeps_acknowledged_records(stack: LocalStack) -> None:
    asyncio.run(_produce_ten(stack.kafka_bootstrap))

    stack.control("kafka").kill()
    stack.control("kafka").restart()

    assert asyncio.run(_end_offset(stack.kafka_bootstrap)) == 10


def test_postgres_keeps_committed_rows(stack: LocalStack) -> None:
    dsn = stack.service_database("keeper")
    asyncio.run(_execute(dsn, "create table kept as select generate_series(1, 10) as n"))

    stack.control("postgres").kill()
    stack.control("postgres").restart()

    assert asyncio.run(_fetch(dsn, "select count(*) from kept")) == 10


def test_valkey_comes_back(stack: LocalStack) -> None:
    port = int(stack.valkey_url.rpartition(":")[2].partition("/")[0])

    stack.control("valkey").kill()
    assert not answers_ping(port)
    stack.control("valkey").restart()

    assert answers_ping(port)


def test_a_frozen_server_does_not_answer_until_it_is_resumed(stack: LocalStack) -> None:
    port = int(stack.valkey_url.rpartition(":")[2].partition("/")[0])

    stack.control("valkey").pause()
    assert not answers_ping(port)
    stack.control("valkey").resume()

    assert answers_ping(port)


async def _produce_ten(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for number in range(10):
            await producer.send_and_wait("kept", str(number).encode())


async def _end_offset(bootstrap: str) -> int:
    partition = TopicPartition("kept", 0)
    async with (
        asyncio.timeout(TIMEOUT_S),
        AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer,
    ):
        offsets = await consumer.end_offsets([partition])
    return int(offsets[partition])


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=TIMEOUT_S)
    await connection.execute(statement)
    await connection.close()


async def _fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn, timeout=TIMEOUT_S)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
