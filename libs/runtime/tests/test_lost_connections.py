"""A connection that the broker resets costs a client nothing but that connection.

Between uvloop's closing of the transport and aiokafka's hearing of it lie some turns of the loop.
The tests write in that moment, which a broker that is killed under load meets by chance.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from deskstream_runtime.kafka import event_loop


@asynccontextmanager
async def connected(bootstrap: str) -> AsyncIterator[tuple[AIOKafkaClient, int]]:
    """A client that has a connection, and the broker's id."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        node = client.get_random_node()
        assert await client.ready(node)
        yield client, node
    finally:
        await client.close()


async def at_a_reset(client: AIOKafkaClient, ask: Callable[[], Awaitable[Any]]) -> Any:
    """Asks in the turn of the loop that follows the loss of the connection."""
    (connection,) = client._conns.values()
    protocol, transport = connection._protocol, connection._writer.transport
    connection_lost = protocol.connection_lost
    asked: asyncio.Future[asyncio.Future[Any]] = asyncio.get_running_loop().create_future()

    def lost(_: object) -> None:
        connection_lost(ConnectionResetError())
        asked.set_result(asyncio.ensure_future(ask()))

    protocol.connection_lost = lost
    transport.abort()
    return await (await asked)


def test_a_request_at_that_moment_fails_as_one_to_a_lost_connection(kafka_topics: str) -> None:
    async def scenario() -> None:
        async with connected(kafka_topics) as (client, node):

            async def ask() -> Any:
                return await client.send(node, MetadataRequest([]))

            with pytest.raises(KafkaConnectionError, match="was lost"):
                await at_a_reset(client, ask)
            assert (await ask()).brokers

    event_loop.run(scenario())


def test_metadata_asked_for_at_that_moment_is_asked_for_again(kafka_topics: str) -> None:
    async def scenario() -> None:
        async with connected(kafka_topics) as (client, _):
            with pytest.raises(KafkaError, match="Unable to get cluster metadata"):
                await at_a_reset(client, client.fetch_all_metadata)
            assert (await client.fetch_all_metadata()).topics()

    event_loop.run(scenario())
