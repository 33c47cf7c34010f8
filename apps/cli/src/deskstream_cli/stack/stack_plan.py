"""All programs of a stack, prepared and written down for the supervisor."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deskstream_cli.stack.api_keys import ensure_api_key
from deskstream_cli.stack.catcher import catcher_program, catcher_token
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.gateway import envoy_program
from deskstream_cli.stack.parts import kafka_program, postgres_program, valkey_program
from deskstream_cli.stack.program import Program
from deskstream_cli.stack.reporter import Reporter
from deskstream_cli.stack.services import database_passwords, service_programs
from deskstream_cli.stack.state import Login, ProgramRecord, StackState, urls
from deskstream_cli.stack.supervisor import SUPERVISOR
from deskstream_cli.stack.supervisor_config import supervisor_config
from deskstream_cli.stack.webhook_secret import ensure_webhook_secret
from deskstream_localstack.passwords import Passwords


@dataclass(frozen=True, slots=True)
class StackPlan:
    """The programs to run, their ports, and the supervisor's configuration for them.

    `services` is empty for the parts alone.
    """

    ports: Mapping[str, int]
    parts: Sequence[Program]
    services: Sequence[Program]
    envoy: Program
    catcher: Program
    config: str
    catcher_token: str
    login: Login | None

    @property
    def programs(self) -> Sequence[Program]:
        """Every program, in the order in which they start."""
        return (*self.parts, *self.services, self.envoy, self.catcher)

    def state(self) -> StackState:
        """Return the state that later commands read."""
        records = {
            program.name: ProgramRecord(
                group=program.group, port=program.part.port, version=program.part.version
            )
            for program in self.programs
        }
        addresses = urls(dict(self.ports), self.catcher_token)
        return StackState(
            ports=dict(self.ports), programs=records, urls=addresses, login=self.login
        )


async def plan_stack(
    folder: DataFolder,
    ports: Mapping[str, int],
    login: Login | None,
    *,
    parts_only: bool,
    reporter: Reporter,
) -> StackPlan:
    """Prepare every program side by side: download, format, create; nothing is started.

    Raises LocalStackError or StackError when a part cannot be prepared or a service is missing.
    """
    # The passwords are made before the threads, which would otherwise write one file at once.
    database_passwords(folder)
    password = Passwords(folder.passwords).of(SUPERVISOR)
    services = [] if parts_only else service_programs(folder, ports, login)
    ensure_api_key(folder)
    ensure_webhook_secret(folder)
    parts = await asyncio.gather(
        asyncio.to_thread(postgres_program, folder, ports),
        asyncio.to_thread(kafka_program, folder, ports, login, reporter.download),
        asyncio.to_thread(valkey_program, folder, ports, login),
    )
    envoy = envoy_program(folder, ports)
    catcher = catcher_program(folder, ports)
    everything = [*parts, *services, envoy, catcher]
    config = supervisor_config(folder, everything, ports[SUPERVISOR], password, os.environ)
    return StackPlan(ports, parts, services, envoy, catcher, config, catcher_token(folder), login)
