"""Creates topics from the contracts' records: an explicit step, never a side effect of reading."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from deskstream_contracts import Topic
from deskstream_runtime.kafka_access import KafkaAccess

_TIMEOUT_MS = 30_000
_POLL_S = 0.05


class TopicMismatch(Exception):
    """A topic exists, but not as its record says. Nothing was changed."""


async def create_topics(
    kafka: KafkaAccess, topics: Sequence[Topic], *, replication_factor: int = 1
) -> list[str]:
    """Creates the missing topics, waits until they can be used, and returns their names.

    Raises `TopicMismatch`, having created nothing, when an existing topic differs: partitions
    cannot be mended, as tickets would move, and settings are somebody's decision.
    """
    admin = AIOKafkaAdminClient(**kafka.client_options(), request_timeout_ms=_TIMEOUT_MS)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        await _check(admin, [topic for topic in topics if topic.name in existing])
        missing = [topic for topic in topics if topic.name not in existing]
        created = await _create(admin, missing, replication_factor)
        await _wait_for_leaders(admin, missing)
        return created
    finally:
        await admin.close()


async def existing_topics(kafka: KafkaAccess, *, within_s: float) -> set[str]:
    """The topics that we may see. Raises a transient error when the broker does not answer."""
    async with asyncio.timeout(within_s):
        admin = AIOKafkaAdminClient(**kafka.client_options())
        try:
            await admin.start()
            return set(await admin.list_topics())
        finally:
            await admin.close()


async def _create(
    admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication_factor: int
) -> list[str]:
    """Creates topics; those that somebody else created in the meantime are not in the answer."""
    if not topics:
        return []
    response = await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, replication_factor, topic_configs=topic.config())
            for topic in topics
        ],
        timeout_ms=_TIMEOUT_MS,
    )
    created = []
    for name, code, *message in response.topic_errors:
        if code and code != TopicAlreadyExistsError.errno:
            raise for_code(code)(f"{name}: {message}")
        if not code:
            created.append(name)
    return created


async def _wait_for_leaders(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """A new partition takes a moment until a broker leads it; before that, clients stumble."""
    async with asyncio.timeout(_TIMEOUT_MS / 1000):
        while topics:
            described = await admin.describe_topics([topic.name for topic in topics])
            led = {one["topic"] for one in described if _is_led(one)}
            topics = [topic for topic in topics if topic.name not in led]
            if topics:
                await asyncio.sleep(_POLL_S)


def _is_led(described: Any) -> bool:
    partitions = described["partitions"]
    return bool(partitions) and all(one["error_code"] == 0 for one in partitions)


async def _check(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    if not topics:
        return
    by_name = {topic.name: topic for topic in topics}
    for described in await admin.describe_topics(list(by_name)):
        topic = by_name[described["topic"]]
        partitions = len(described["partitions"])
        if partitions != topic.partitions:
            raise TopicMismatch(
                f"{topic.name} has {partitions} partitions, its record says {topic.partitions}"
            )
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in by_name]
    for response in await admin.describe_configs(resources):
        for _, _, _, name, entries in response.resources:
            actual = {entry[0]: entry[1] for entry in entries}
            for key, wanted in by_name[name].config().items():
                if actual.get(key) != wanted:
                    raise TopicMismatch(
                        f"{name} has {key}={actual.get(key)}, its record says {wanted}"
                    )
