"""One part as a plain subprocess that can be killed and started again."""

import os
import signal
import subprocess
import time
from pathlib import Path

from deskstream_localstack.part import LocalStackError, StackPart

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
POLL_S = 0.02
LOG_TAIL_LINES = 30
# A server killed a moment ago can leave children that hold its memory or port for an instant.
RESTART_ATTEMPTS = 10
RESTART_PAUSE_S = 0.2


class PartProcess:
    """Runs one part, its output appended to `log_path`."""

    def __init__(self, part: StackPart, log_path: Path) -> None:
        self.part = part
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the running server. Raises LocalStackError when it was never started."""
        return self._running().pid

    def start(self) -> None:
        """Start the server and wait until it can be used. Raises LocalStackError when it fails."""
        self.launch()
        try:
            self.wait_until_ready()
        except LocalStackError:
            self.kill()
            if not self.part.repair():
                raise
            self.launch()
            self.wait_until_ready()

    def launch(self) -> None:
        """Start the server and return at once."""
        with self.log_path.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - argv of our own recipes
                self.part.argv,
                env=os.environ | self.part.env,
                cwd=self.part.working_folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal must reach the caller alone, who then stops the parts.
                start_new_session=True,
            )

    def wait_until_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Wait until the server can be used.

        Raises LocalStackError with the end of the log when it exits or the time runs out.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.has_exited():
                raise LocalStackError(
                    f"{self.part.name} ended with code {self._running().returncode} "
                    f"before it was ready.\n{self._log_tail()}"
                )
            if self.part.is_ready():
                return
            time.sleep(POLL_S)
        raise LocalStackError(
            f"{self.part.name} was not ready within {timeout_s:g} s.\n{self._log_tail()}"
        )

    def has_exited(self) -> bool:
        return self._running().poll() is not None

    def kill(self) -> None:
        """Kill -9 and wait for the end. The data folder stays as it was at that moment."""
        self._running().kill()
        self._running().wait()

    def restart(self) -> None:
        """Kill what still runs, start on the same port and data folder, wait until ready."""
        if not self.has_exited():
            self.kill()
        for attempts_left in reversed(range(RESTART_ATTEMPTS)):
            self.launch()
            try:
                self.wait_until_ready()
                return
            except LocalStackError:
                if attempts_left == 0 or not self.has_exited():
                    raise
                time.sleep(RESTART_PAUSE_S)

    def pause(self) -> None:
        """Freeze the server (SIGSTOP): connections stay open and nothing answers."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server continue (SIGCONT)."""
        self._running().send_signal(signal.SIGCONT)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """End the server in its own orderly way; kill it when `timeout_s` is over."""
        if self._process is None or self.has_exited():
            return
        self.resume()
        self._process.send_signal(self.part.stop_signal)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise LocalStackError(f"{self.part.name} has not been started.")
        return self._process

    def _log_tail(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()
        return "\n".join((f"The end of {self.log_path}:", *lines[-LOG_TAIL_LINES:]))
