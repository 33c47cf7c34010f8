"""Real servers for tests: one call starts the chosen parts and hands out their addresses."""

import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, get_args

from deskstream_localstack import containers, kafka, postgres, valkey
from deskstream_localstack.part import LOOPBACK, LocalStackError, StackPart
from deskstream_localstack.passwords import Passwords
from deskstream_localstack.ports import free_ports
from deskstream_localstack.process import PartProcess
from deskstream_localstack.server_control import RunningServer, ServerControl
from deskstream_localstack.service_databases import (
    create_service_databases,
    service_dsn,
)

PartName = Literal["kafka", "postgres", "valkey"]

POSTGRES_PASSWORD = "only-for-this-test-run"  # noqa: S105 - a server of this run alone

ENVIRONMENT_VARIABLES: Mapping[PartName, str] = {
    "kafka": "DESK_TEST_KAFKA",
    "postgres": "DESK_TEST_POSTGRES",
    "valkey": "DESK_TEST_VALKEY",
}


class LocalStack:
    """The addresses of the running servers, and control over those that were started here."""

    def __init__(self, servers: Mapping[PartName, RunningServer], folder: Path) -> None:
        self._servers = servers
        self._passwords = Passwords(folder / "passwords.json")

    @property
    def kafka_bootstrap(self) -> str:
        return self._server("kafka").address

    @property
    def postgres_dsn(self) -> str:
        """DSN of the superuser. Services get their own: see `service_database`."""
        return self._server("postgres").address

    @property
    def valkey_url(self) -> str:
        """`redis://host:port/0` of Valkey."""
        return self._server("valkey").address

    def service_database(self, service: str) -> str:
        """Create the role and database of this name if they are missing; return their DSN.

        Blocking; may be called with an event loop running.
        """
        password = self._passwords.of(service)
        creation = create_service_databases(self.postgres_dsn, {service: password})
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, creation).result()
        return service_dsn(self.postgres_dsn, service, password)

    def control(self, name: PartName) -> ServerControl:
        """Return what kills, freezes and restarts this server.

        Its methods block until done: in async tests call them by `asyncio.to_thread`. Raises
        LocalStackError for a server that was named in the environment.
        """
        server = self._server(name)
        if server.control is None:
            raise LocalStackError(
                f"{name} was named in {ENVIRONMENT_VARIABLES[name]}, so it is not ours to stop. "
                f"Unset the variable to run tests that kill {name}."
            )
        return server.control

    def _server(self, name: PartName) -> RunningServer:
        if name not in self._servers:
            raise LocalStackError(f"This stack was started without {name}.")
        return self._servers[name]


@contextmanager
def local_stack(*names: PartName) -> Iterator[LocalStack]:
    """Start the named parts side by side (all three when none is named) and stop them at the end.

    Each is, in this order: the server named by its environment variable, a container where a
    Docker engine answers and testcontainers is installed, or the embedded part in a temporary
    folder. Raises LocalStackError when one cannot be started; the others are stopped then.
    """
    chosen = names or get_args(PartName)
    engine_answers = containers.engine_answers()
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="deskstream-")))
        pool = cleanup.enter_context(ThreadPoolExecutor(len(chosen)))
        starts = {name: pool.submit(_start, name, folder, engine_answers) for name in chosen}
        failures = []
        servers: dict[PartName, RunningServer] = {}
        for name, start in starts.items():
            try:
                servers[name] = start.result()
                cleanup.callback(servers[name].stop)
            except LocalStackError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        yield LocalStack(servers, folder)


def _start(name: PartName, folder: Path, engine_answers: bool) -> RunningServer:
    named = os.environ.get(ENVIRONMENT_VARIABLES[name])
    if named:
        return RunningServer(address=named)
    if engine_answers:
        return containers.start(name)
    return _start_embedded(name, folder)


def _start_embedded(name: PartName, folder: Path) -> RunningServer:
    part, address = _prepare(name, folder / name)
    process = PartProcess(part, folder / f"{name}.log")
    try:
        process.start()
    except LocalStackError:
        process.stop()
        raise
    return RunningServer(address=address, control=process)


def _prepare(name: PartName, data_dir: Path) -> tuple[StackPart, str]:
    port, controller_port = free_ports(2)
    match name:
        case "kafka":
            return kafka.prepare_kafka(data_dir, port, controller_port), f"{LOOPBACK}:{port}"
        case "postgres":
            part = postgres.prepare_postgres(data_dir, port, POSTGRES_PASSWORD)
            return part, postgres.superuser_dsn(port, POSTGRES_PASSWORD)
        case "valkey":
            return valkey.prepare_valkey(data_dir, port), f"redis://{LOOPBACK}:{port}/0"
