"""The same servers as containers, where a Docker engine answers and testcontainers is installed.

testcontainers is an extra of this package, so it is imported only once it is known to be there.
"""

import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from deskstream_localstack import kafka, postgres, valkey
from deskstream_localstack.kafka_version import KAFKA_VERSION
from deskstream_localstack.part import LOOPBACK, LocalStackError
from deskstream_localstack.ports import free_ports
from deskstream_localstack.server_control import RunningServer

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

READY_TIMEOUT_S = 60.0
POLL_S = 0.1
ENGINE_TIMEOUT_S = 2

KAFKA_IMAGE = f"apache/kafka:{KAFKA_VERSION}"
POSTGRES_IMAGE = "pgvector/pgvector:pg18"
VALKEY_IMAGE = "valkey/valkey:9"
POSTGRES_PASSWORD = "only-for-this-test-run"  # noqa: S105 - a server of this run alone


def engine_answers() -> bool:
    """Say whether containers can be used here; False when testcontainers is not installed."""
    if find_spec("testcontainers") is None:
        return False
    docker = import_module("docker")
    try:
        client = docker.from_env(timeout=ENGINE_TIMEOUT_S)
        return bool(client.ping())
    except docker.errors.DockerException:
        return False


class ContainerControl:
    """Kills and restarts one container; its host port is fixed, so it stays the same."""

    def __init__(self, container: "DockerContainer", is_ready: Callable[[], bool]) -> None:
        self._container = container
        self._is_ready = is_ready

    def start(self) -> None:
        """Create and start the container and wait until its server can be used."""
        self._container.start()
        self._wait_until_ready()

    def kill(self) -> None:
        """Kill -9; the container's file system stays."""
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        """Start the container again and wait until its server can be used."""
        self._container.get_wrapped_container().restart(timeout=0)
        self._wait_until_ready()

    def pause(self) -> None:
        """Freeze every process of the container."""
        self._container.get_wrapped_container().pause()

    def resume(self) -> None:
        self._container.get_wrapped_container().unpause()

    def stop(self) -> None:
        """Remove the container with its data."""
        self._container.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise LocalStackError(
                    f"The container {self._container.image} was not ready within "
                    f"{READY_TIMEOUT_S:g} s; `docker logs` says why."
                )
            time.sleep(POLL_S)


def start(name: Literal["kafka", "postgres", "valkey"]) -> RunningServer:
    """Start the server as a container on a free loopback port."""
    (port,) = free_ports(1)
    match name:
        case "kafka":
            control = ContainerControl(_kafka(port), lambda: kafka.has_live_broker(port))
            address = f"{LOOPBACK}:{port}"
        case "postgres":
            container = _container(POSTGRES_IMAGE, 5432, port)
            container.with_env("POSTGRES_PASSWORD", POSTGRES_PASSWORD)
            control = ContainerControl(container, lambda: postgres.accepts_clients(port))
            address = postgres.superuser_dsn(port, POSTGRES_PASSWORD)
        case "valkey":
            container = _container(VALKEY_IMAGE, 6379, port)
            control = ContainerControl(container, lambda: valkey.answers_ping(port))
            address = f"redis://{LOOPBACK}:{port}/0"
    control.start()
    return RunningServer(address=address, control=control)


def _kafka(port: int) -> "DockerContainer":
    listeners = {
        "listeners": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://localhost:9093",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": "1@localhost:9093",
    }
    container = _container(KAFKA_IMAGE, 9092, port)
    for name, value in (kafka.BROKER_SETTINGS | listeners).items():
        container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    return container


def _container(image: str, inside_port: int, port: int) -> "DockerContainer":
    module = import_module("testcontainers.core.container")
    container: DockerContainer = module.DockerContainer(image)
    return container.with_bind_ports(inside_port, port)
