"""The commands and programs of a page of the documentation, run as they are written."""

import os
import re
import subprocess
import sys
from pathlib import Path

from whole_stack import WholeStack

ROOT = Path(__file__).parents[1]

# In a terminal Ctrl+C ends a command; what a shell runs in the background is born deaf to it.
_IN_A_TERMINAL = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), flags=re.M | re.S)


class Shell:
    """A folder that looks like a checkout whose stack is running, to run commands in."""

    def __init__(self, folder: Path, stack: WholeStack) -> None:
        (folder / ".desk").symlink_to(stack.folder.root)
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / "demo").symlink_to(ROOT / "demo")
        (folder / ".curlrc").write_text("silent\nshow-error\nfail-with-body\nwrite-out = \\n\n")
        self.folder = folder
        self._environment = os.environ | {
            "DESK_DATA_DIR": str(stack.folder.root),
            "CURL_HOME": str(folder),
            "COLUMNS": "200",
        }

    def start(self, *commands: str) -> "subprocess.Popen[str]":
        """Starts commands in one shell; the first that fails ends it."""
        script = "\n".join(commands)
        return subprocess.Popen(
            [sys.executable, "-c", _IN_A_TERMINAL, "bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *commands: str) -> str:
        """What the commands print. Raises `AssertionError` with it when one fails."""
        process = self.start(*commands)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output
