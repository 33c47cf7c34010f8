"""The infrastructure of a service, from which its handlers and routes are built."""

from collections.abc import Sequence

from redis.asyncio import Redis

import deskstream_contracts
from deskstream_runtime.clock import Clock
from deskstream_runtime.http.commands import Commands
from deskstream_runtime.http.idempotency import IdempotencyKeys
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.postgres.migrate import migration_versions
from deskstream_runtime.settings import ServiceSettings
from deskstream_runtime.unit_of_work import UnitOfWork

_VALKEY_TIMEOUT_S = 2.0


class Infrastructure:
    """Made first, opened when the service starts."""

    def __init__(
        self,
        name: deskstream_contracts.ServiceName,
        settings: ServiceSettings,
        clock: Clock,
        packages: Sequence[str] | None = None,
    ) -> None:
        """`packages` hold the migrations that the database must have: `deskstream_<name>` alone."""
        packages = [f"deskstream_{name}"] if packages is None else packages
        self.name: deskstream_contracts.ServiceName = name
        self.settings = settings
        self.clock = clock
        self.database = Database(settings.postgres, name, migration_versions(*packages))
        self.unit_of_work = UnitOfWork(self.database)
        self.idempotency_keys = IdempotencyKeys(clock)
        self.commands = Commands(self.unit_of_work, self.idempotency_keys)
        self.valkey: Redis = Redis.from_url(
            settings.valkey_url.get_secret_value(),
            socket_timeout=_VALKEY_TIMEOUT_S,
            socket_connect_timeout=_VALKEY_TIMEOUT_S,
        )
