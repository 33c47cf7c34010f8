"""The settings of topics that exist, beside those that their records say."""

from collections.abc import Sequence
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from deskstream_contracts import Topic

_OF_THIS_TOPIC = 1
"""Kafka's DYNAMIC_TOPIC_CONFIG: set for the topic itself, not the broker's default."""

_DECIDE_WHAT_IS_REMOVED = frozenset({"cleanup.policy", "retention.ms"})


class Difference(NamedTuple):
    """A setting of a topic that differs from its declaration; None where the broker has none."""

    topic: str
    setting: str
    actual: str | None
    wanted: str

    @property
    def is_harmless_to_alter(self) -> bool:
        """Whether no record can be lost by it."""
        return self.setting not in _DECIDE_WHAT_IS_REMOVED

    def __str__(self) -> str:
        return f"{self.topic} has {self.setting}={self.actual}, its declaration says {self.wanted}"


async def differences(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> list[Difference]:
    """Where existing topics are not as their records say."""
    settings = await _settings(admin, [topic.name for topic in topics])
    return [
        Difference(topic.name, setting, actual, wanted)
        for topic in topics
        for setting, wanted in topic.config().items()
        if (actual := settings[topic.name].get(setting, (None, False))[0]) != wanted
    ]


async def alter(admin: AIOKafkaAdminClient, found: Sequence[Difference]) -> None:
    """Gives topics the settings of their records, and leaves what else was set for them.

    The request that our client knows replaces all settings of a topic, so those it has are sent
    along. Raises a `KafkaError` when the broker refuses.
    """
    names = sorted({difference.topic for difference in found})
    before = await _settings(admin, names)
    resources = [
        ConfigResource(
            ConfigResourceType.TOPIC,
            name,
            {setting: value for setting, (value, is_own) in before[name].items() if is_own}
            | {one.setting: one.wanted for one in found if one.topic == name},
        )
        for name in names
    ]
    for response in await admin.alter_configs(resources) if resources else ():
        for code, message, _, name in response.resources:
            if code:
                raise for_code(code)(f"{name}: {message}")


async def _settings(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, dict[str, tuple[str | None, bool]]]:
    """By topic and setting: its value, and whether it was set for this topic."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    return {
        name: {entry[0]: (entry[1], entry[3] == _OF_THIS_TOPIC) for entry in entries}
        for response in await admin.describe_configs(resources)
        for _, _, _, name, entries in response.resources
    }
