"""supervisord as the stack uses it: started as a daemon, asked over its loopback XML-RPC port."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any
from xmlrpc.client import Fault, ProtocolError, ServerProxy, Transport

import psutil
from pydantic import BaseModel, ConfigDict

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.orphans import end_orphans, marker
from deskstream_cli.stack.program import Program
from deskstream_cli.stack.state import StackState
from deskstream_localstack.part import LOOPBACK
from deskstream_localstack.passwords import Passwords

SUPERVISOR = "supervisor"
"""Its name among ports and passwords."""

START_TIMEOUT_S = 10.0
# The groups stop one after the other, each within supervisor_config.STOP_TIMEOUT_S.
SHUT_DOWN_TIMEOUT_S = 90.0
# Longer than supervisor_config.STOP_TIMEOUT_S, after which supervisord kills.
STOP_PROGRAM_TIMEOUT_S = 30.0
CALL_TIMEOUT_S = 5.0
POLL_S = 0.05
WITHOUT_WAITING = False
ALREADY_STARTED = 60
"""supervisord's fault code for starting what runs."""
NOT_RUNNING = 70
"""supervisord's fault code for stopping what does not run."""


class ProcessInfo(BaseModel):
    """supervisord's record of one program. `pid` is 0 when it does not run; times are Unix."""

    model_config = ConfigDict(frozen=True)

    name: str
    group: str
    statename: str
    pid: int
    start: int
    now: int


class Supervisor:
    """The supervisord of one data folder; it need not be running."""

    def __init__(self, folder: DataFolder, port: int, password: str) -> None:
        self._folder = folder
        self._proxy = ServerProxy(
            f"http://desk:{password}@{LOOPBACK}:{port}/RPC2", transport=_BoundedTransport()
        )

    def is_running(self) -> bool:
        """Say whether supervisord answers under this stack's password."""
        try:
            self._call("getState")
        except Fault:
            # The only fault of this question is that supervisord is shutting down.
            return True
        except (OSError, ProtocolError, http.client.HTTPException):
            return False
        return True

    def launch(self) -> None:
        """Start supervisord with the configuration in the data folder; nothing else starts yet.

        Raises StackError when it does not answer in time.
        """
        config = str(self._folder.supervisor_config)
        result = subprocess.run(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-m", "supervisor.supervisord", "--configuration", config],
            env=os.environ | marker(self._folder),
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_running():
            if result.returncode != 0 or time.monotonic() > deadline:
                raise StackError(
                    f"supervisord did not start: {result.stderr or result.stdout}. "
                    f"Its log is {self._folder.log_of('supervisord')}."
                )
            time.sleep(POLL_S)

    def processes(self) -> dict[str, ProcessInfo]:
        """Return supervisord's record of every program, by name."""
        known = [ProcessInfo.model_validate(info) for info in self._call("getAllProcessInfo")]
        return {info.name: info for info in known}

    def environment_of(self, name: str) -> Mapping[str, str] | None:
        """Return what the running program was given; None where it does not run."""
        process = self.processes().get(name)
        if process is None or not process.pid:
            return None
        try:
            return psutil.Process(process.pid).environ()
        except psutil.Error:
            return None

    def start(self, program: Program) -> None:
        """Ask for the program to be started; one that already runs is left alone."""
        self._request("startProcess", program, "started", ALREADY_STARTED)

    def stop(self, program: Program) -> None:
        """Stop the program and wait until it has drained and ended; one that is down stays so.

        Raises StackError when it does not end, though supervisord kills what ignores a stop.
        """
        self._request("stopProcess", program, "stopped", NOT_RUNNING)
        deadline = time.monotonic() + STOP_PROGRAM_TIMEOUT_S
        while self.processes()[program.name].pid:
            if time.monotonic() > deadline:
                raise StackError(f"{program.name} did not stop in {STOP_PROGRAM_TIMEOUT_S:g} s.")
            time.sleep(POLL_S)

    def shut_down(self) -> None:
        """Stop every program in order, then supervisord, and whatever may be left over."""
        if self.is_running():
            daemon = psutil.Process(int(self._call("getPID")))
            self._call("shutdown")
            deadline = time.monotonic() + SHUT_DOWN_TIMEOUT_S
            while daemon.is_running() and time.monotonic() < deadline:
                # supervisord looks after its programs once a second, or as soon as it is asked
                # something: asking makes five groups in a row end at once instead of in seconds.
                self.is_running()
                time.sleep(POLL_S)
            if daemon.is_running():
                daemon.kill()
        end_orphans(self._folder)

    def _request(self, method: str, program: Program, goal: str, is_so_already: int) -> None:
        """Raises StackError for any fault but the code `is_so_already`."""
        try:
            self._call(method, f"{program.group}:{program.name}", WITHOUT_WAITING)
        except Fault as fault:
            if fault.faultCode != is_so_already:
                raise StackError(f"{program.name} cannot be {goal}: {fault.faultString}") from fault

    def _call(self, method: str, *arguments: Any) -> Any:
        return getattr(self._proxy.supervisor, method)(*arguments)


def supervisor_of(folder: DataFolder, state: StackState) -> Supervisor | None:
    """Return the supervisor of the last start, or None when there was none."""
    if SUPERVISOR not in state.ports:
        return None
    password = Passwords(folder.passwords).of(SUPERVISOR)
    return Supervisor(folder, state.ports[SUPERVISOR], password)


class _BoundedTransport(Transport):
    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = CALL_TIMEOUT_S
        return connection
