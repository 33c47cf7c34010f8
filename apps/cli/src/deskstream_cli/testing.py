"""A `desk` for tests: a data folder of its own, on ports that nobody else uses."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.port_plan import USUAL_PORTS
from deskstream_cli.stack.state import StackState
from deskstream_localstack.ports import free_ports

TIMEOUT_S = 180


@dataclass(frozen=True)
class Desk:
    """Runs `desk` as a user would, on one data folder."""

    folder: DataFolder
    environment: Mapping[str, str]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(  # noqa: S603 - our own interpreter and package
            [sys.executable, "-m", "deskstream_cli", *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and package
            [sys.executable, "-m", "deskstream_cli", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def state(self) -> StackState:
        return StackState.load(self.folder)


def make_desk(root: Path, environment: Mapping[str, str]) -> Desk:
    """Return a `desk` that keeps its data in `root` and leaves the usual ports to others.

    `environment` is the whole environment of its commands; the data folder is added to it.
    """
    folder = DataFolder(root)
    folder.create()
    ports = dict(zip(USUAL_PORTS, free_ports(len(USUAL_PORTS)), strict=True))
    StackState(ports=ports).save(folder)
    # Tables are not cut to the width of a terminal that is not there.
    return Desk(folder, {**environment, "DESK_DATA_DIR": str(folder.root), "COLUMNS": "200"})
