"""Topics from the contracts' records: an explicit step, never a side effect of reading."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from deskstream_contracts import Topic
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topic_settings import Difference, alter, differences

_TIMEOUT_MS = 30_000
_POLL_S = 0.05

HOW_TO_ALTER = (
    "No topic was created. Settings are given with --alter-settings; partitions, cleanup.policy "
    "and retention.ms are for a person to decide on."
)
"""What to do about a `TopicMismatch`, for the commands that create topics."""


class TopicMismatch(Exception):
    """Topics exist, but not as their records say: a line for each difference."""


async def create_topics(
    kafka: KafkaAccess, topics: Sequence[Topic], *, replication_factor: int = 1
) -> list[str]:
    """Creates the missing topics, waits until they can be used, and returns their names.

    Raises `TopicMismatch`, having created nothing, when an existing topic differs: partitions
    cannot be altered, as tickets would move, and settings are somebody's decision (`alter_topics`).
    """
    async with admin_client(kafka) as admin:
        existing = set(await admin.list_topics())
        await _check(admin, [topic for topic in topics if topic.name in existing])
        missing = [topic for topic in topics if topic.name not in existing]
        created = await _create(admin, missing, replication_factor)
        await _wait_for_leaders(admin, missing)
        return created


async def alter_topics(kafka: KafkaAccess, topics: Sequence[Topic]) -> list[Difference]:
    """Gives existing topics the settings of their records; returns what was different.

    Never the settings that decide what is removed: a mistake there cannot be taken back.
    """
    async with admin_client(kafka) as admin:
        existing = set(await admin.list_topics())
        there = [topic for topic in topics if topic.name in existing]
        found = [one for one in await differences(admin, there) if one.is_harmless_to_alter]
        await alter(admin, found)
        return found


@asynccontextmanager
async def admin_client(kafka: KafkaAccess) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client of the brokers themselves, connected while the block runs."""
    admin = AIOKafkaAdminClient(**kafka.client_options(), request_timeout_ms=_TIMEOUT_MS)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def existing_topics(kafka: KafkaAccess, *, within_s: float) -> set[str]:
    """The topics that we may see. Raises a transient error when the broker does not answer."""
    async with asyncio.timeout(within_s), admin_client(kafka) as admin:
        return set(await admin.list_topics())


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
    found = [
        f"{one['topic']} has {partitions} partitions, its declaration says {wanted}"
        for one in await admin.describe_topics(list(by_name))
        if (partitions := len(one["partitions"])) != (wanted := by_name[one["topic"]].partitions)
    ]
    found += [str(difference) for difference in await differences(admin, topics)]
    if found:
        raise TopicMismatch("\n".join(found))
