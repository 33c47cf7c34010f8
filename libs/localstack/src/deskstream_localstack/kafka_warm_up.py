"""A burst of traffic for a fresh broker.

Its first two seconds are slow, while the JVM loads and compiles what producing and consuming need.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

TOPIC = "deskstream.warm-up"
PAYLOAD = b"x" * 500
BATCH = 20


async def warm_up(client: Mapping[str, Any], duration_s: float) -> int:
    """Produce, consume and commit on a topic of its own for `duration_s`, then delete the topic.

    `client` is what aiokafka's clients take to reach the broker, `bootstrap_servers` at least.
    Returns the number of records that came back.
    """
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        # It exists when an earlier burst was cut off before its end.
        with suppress(TopicAlreadyExistsError):
            await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
        try:
            return await _exchange(client, duration_s)
        finally:
            await admin.delete_topics([TOPIC])
    finally:
        await admin.close()


async def _exchange(client: Mapping[str, Any], duration_s: float) -> int:
    loop = asyncio.get_running_loop()
    producer = AIOKafkaProducer(**client, enable_idempotence=True)
    consumer = AIOKafkaConsumer(TOPIC, **client, group_id=TOPIC, auto_offset_reset="earliest")
    received = 0
    async with producer, consumer:
        ends_at = loop.time() + duration_s
        while loop.time() < ends_at:
            acknowledgements = [await producer.send(TOPIC, PAYLOAD) for _ in range(BATCH)]
            await asyncio.gather(*acknowledgements)
            batches = await consumer.getmany(timeout_ms=100)
            received += sum(len(records) for records in batches.values())
            await consumer.commit()
    return received
