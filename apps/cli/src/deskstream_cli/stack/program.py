"""One supervised program and its place in the order of starting and stopping."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from deskstream_localstack.part import LOOPBACK, StackPart

# Groups stop in falling order: services first, so that they drain while everything they need is
# still there, then the edge, the broker, the stores.
GROUP_ORDER: Mapping[str, int] = MappingProxyType(
    {"stores": 10, "broker": 20, "edge": 30, "services": 40}
)

# All programs share one machine here. People wait for tickets to be accepted and shown: whatever
# else works for them, works behind the scenes and lets those go first.
BEHIND_THE_SCENES_NICENESS = 5


@dataclass(frozen=True, slots=True)
class Program:
    """A part or service as the supervisor runs it. `group` is one of GROUP_ORDER.

    `niceness` is how far it steps back when processors are short (0 to 19, as of `nice`).
    """

    group: str
    part: StackPart
    niceness: int = 0

    @property
    def name(self) -> str:
        """The name of the program, of its log, and in `desk status`."""
        return self.part.name


def answers_ready(port: int) -> bool:
    """Say whether GET /health/ready on this loopback port answers 200 within a second."""
    return _answers(port, "/health/ready")


def answers_working(port: int) -> bool:
    """Say whether GET /health/working does: the service reads the log and sends to it."""
    return _answers(port, "/health/working")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
