"""Waits until a supervised program can be used."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.program import Program
from deskstream_cli.stack.supervisor import Supervisor

# Generous: a laptop that compiles something beside it is slow, and what ends is noticed at once.
READY_TIMEOUT_S = 120.0
# The supervisor starts what ends again. A server whose predecessor was killed may need a second
# start, until it has its port and memory back; a program that needs more of them is broken.
STARTS_MAX = 3
POLL_S = 0.05
LOG_TAIL_LINES = 15
FAILED_STATES = frozenset({"FATAL", "UNKNOWN"})


async def start_and_wait(
    supervisor: Supervisor, folder: DataFolder, programs: Sequence[Program]
) -> None:
    """Start the programs side by side and wait until all are ready.

    Raises StackError, with the end of its log, for the first that fails.
    """
    for program in programs:
        supervisor.start(program)
    async with asyncio.TaskGroup() as waiting:
        for program in programs:
            waiting.create_task(_wait_or_repair(supervisor, folder, program))


async def _wait_or_repair(supervisor: Supervisor, folder: DataFolder, program: Program) -> None:
    try:
        await _wait(supervisor, folder, program)
    except StackError:
        if not program.part.repair():
            raise
        supervisor.start(program)
        await _wait(supervisor, folder, program)


async def _wait(supervisor: Supervisor, folder: DataFolder, program: Program) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    log_began_bytes = _log_size_bytes(folder.log_of(program.name))
    starts: set[int] = set()
    while True:
        answers = await asyncio.to_thread(program.part.is_ready)
        process = supervisor.processes()[program.name]
        # Another stack that starts beside this one may have been first to take the port.
        if answers and await asyncio.to_thread(listens, process.pid, program.part.port):
            return
        starts.add(process.start)
        if process.statename in FAILED_STATES or len(starts) > STARTS_MAX:
            raise _failure(folder, program, log_began_bytes, "keeps ending by itself")
        if time.monotonic() > deadline:
            raise _failure(
                folder, program, log_began_bytes, f"was not ready within {READY_TIMEOUT_S:g} s"
            )
        await asyncio.sleep(POLL_S)


def listens(pid: int, port: int) -> bool:
    """Say whether it is this process, or one below it, that listens on the port."""
    try:
        process = psutil.Process(pid)
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            for one in (process, *process.children(recursive=True))
            for connection in one.net_connections("tcp")
        )
    except psutil.Error:
        return False


def _failure(folder: DataFolder, program: Program, log_began_bytes: int, what: str) -> StackError:
    log = folder.log_of(program.name)
    lines = _log_lines_since(log, log_began_bytes)
    if not lines:
        return StackError(f"{program.name} {what}. It wrote nothing to its log, {log}.")
    tail = "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:])
    return StackError(f"{program.name} {what}. Its log is {log}; it ends with:\n{tail}")


def _log_size_bytes(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _log_lines_since(log: Path, began_bytes: int) -> list[str]:
    """Return what was written since the log had this size, so that no older failure is shown."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        rotated = _log_size_bytes(log) < began_bytes
        file.seek(0 if rotated else began_bytes)
        return file.read().decode(errors="replace").splitlines()
