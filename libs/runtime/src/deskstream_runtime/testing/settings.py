"""Settings of a service on the real parts, with a database and a file of API keys of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from deskstream_localstack.testing import LocalStack
from deskstream_runtime.settings import KafkaSettings, PostgresSettings, ServiceSettings
from deskstream_runtime.testing.api_keys import write_api_keys

S = TypeVar("S", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class SettingsFactory:
    """Call it for settings; each call makes a database, migrated for the packages named."""

    parts: LocalStack
    new_database: Callable[..., str]
    new_folder: Callable[[], Path]

    def __call__(self, settings: type[S], *packages: str, **overrides: Any) -> S:
        """HTTP listens on any free port. `overrides` replace settings, in a group one by one."""
        api_keys = self.new_folder() / "api-keys.json"
        write_api_keys(api_keys)
        kafka = {"bootstrap": self.parts.kafka_bootstrap} | overrides.pop("kafka", {})
        postgres = overrides.pop("postgres", {})
        if "dsn" not in postgres:
            postgres = {"dsn": self.new_database(*packages)} | postgres
        values: dict[str, Any] = {
            "postgres": PostgresSettings(**postgres),
            "kafka": KafkaSettings(**kafka),
            "valkey_url": self.parts.valkey_url,
            "http_port": 0,
            "api_keys_file": str(api_keys),
        }
        return settings(**values | overrides)
