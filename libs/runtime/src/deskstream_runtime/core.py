"""What handlers and routes of a service are built from."""

from collections.abc import Sequence

from redis.asyncio import Redis

import deskstream_contracts
from deskstream_runtime.clock import Clock
from deskstream_runtime.commit import Committer
from deskstream_runtime.database import Database
from deskstream_runtime.http.idempotency import Commands
from deskstream_runtime.migrate import migration_versions
from deskstream_runtime.settings import ServiceSettings

_VALKEY_TIMEOUT_S = 2.0


class Core:
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
        self.committer = Committer(self.database)
        self.commands = Commands(self.committer, clock)
        self.valkey: Redis = Redis.from_url(
            settings.valkey_url.get_secret_value(),
            socket_timeout=_VALKEY_TIMEOUT_S,
            socket_connect_timeout=_VALKEY_TIMEOUT_S,
        )
