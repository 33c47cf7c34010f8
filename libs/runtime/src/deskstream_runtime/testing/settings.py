"""Settings of a service on the real parts, with a database and a file of API keys of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from deskstream_localstack.testing import LocalStack
from deskstream_runtime.settings import KafkaSettings, PostgresSettings, ServiceSettings
from deskstream_runtime.testing.api_keys import write_api_keys

S = TypeVar("S", bound=ServiceSettings)


class SettingsFactory:
    """Call it for settings; each call makes a database, migrated for the packages named."""

    def __init__(
        self,
        parts: LocalStack,
        new_database: Callable[..., str],
        new_folder: Callable[[], Path],
    ) -> None:
        self._parts = parts
        self._new_database = new_database
        self._new_folder = new_folder

    def __call__(self, settings: type[S], *packages: str, **overrides: Any) -> S:
        """HTTP listens on any free port. `overrides` replace settings, in a group one by one."""
        api_keys = self._new_folder() / "api-keys.json"
        write_api_keys(api_keys)
        kafka = {"bootstrap": self._parts.kafka_bootstrap} | overrides.pop("kafka", {})
        postgres = overrides.pop("postgres", {})
        if "dsn" not in postgres:
            postgres = {"dsn": self._new_database(*packages)} | postgres
        values: dict[str, Any] = {
            "postgres": PostgresSettings(**postgres),
            "kafka": KafkaSettings(**kafka),
            "valkey_url": self._parts.valkey_url,
            "http_port": 0,
            "api_keys_file": str(api_keys),
        }
        return settings(**values | overrides)
