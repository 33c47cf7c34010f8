"""A server that a test uses, started here or elsewhere."""

from dataclasses import dataclass
from typing import Protocol


class ServerControl(Protocol):
    """What a fault test may do to a server. Every method blocks until it is done."""

    def kill(self) -> None:
        """Kill -9; the data stays as it was at that moment."""

    def restart(self) -> None:
        """Start again on the same port and data, and wait until it can be used."""

    def pause(self) -> None:
        """Freeze: connections stay open and nothing answers."""

    def resume(self) -> None:
        """Continue after `pause`."""

    def stop(self) -> None:
        """End in an orderly way."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """`control` is None for a server that somebody else runs."""

    address: str
    control: ServerControl | None = None

    def stop(self) -> None:
        """Stop the server if it is ours."""
        if self.control:
            self.control.stop()
