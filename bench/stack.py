"""A whole stack of its own for a run, started and stopped as a user does."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.supervisor import supervisor_of

_UP_TIMEOUT_S = 180


class StackFailed(Exception):
    """`desk up` did not end well."""


class Stack:
    """A running stack: where it is reached, and its processes."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.state = StackState.load(folder)
        self.gateway = self.state.urls["gateway"]
        self.live_feed = self.state.urls["live-feed"]
        self.bootstrap = self.state.urls["kafka"]

    def pids(self) -> dict[str, int]:
        """The process of each part, by name. Raises `StackFailed` when one does not run."""
        supervisor = supervisor_of(self.folder, self.state)
        if supervisor is None:
            raise StackFailed(f"there is no supervisor in {self.folder.root}")
        pids = {name: process.pid for name, process in supervisor.processes().items()}
        if down := [name for name, pid in pids.items() if not pid]:
            raise StackFailed(f"{', '.join(down)} ended; see {self.folder.logs}")
        return pids


@contextmanager
def own_stack() -> Iterator[Stack]:
    """`desk up` in a temporary folder, and `desk down --wipe` at the end."""
    with tempfile.TemporaryDirectory(prefix="deskstream-bench-") as name:
        folder = Path(name) / "stack"
        _desk("up", folder)
        try:
            yield Stack(DataFolder(folder))
        finally:
            _desk("down", folder, "--wipe")


def _desk(command: str, folder: Path, *options: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deskstream_cli", command, *options, "--data-dir", str(folder)],
        capture_output=True,
        text=True,
        timeout=_UP_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise StackFailed(f"desk {command} failed:\n{done.stdout}{done.stderr}")
