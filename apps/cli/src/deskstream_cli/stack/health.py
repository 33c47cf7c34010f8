"""How each program of a running stack is."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import psutil

from deskstream_cli.stack.parts import kafka_login
from deskstream_cli.stack.program import answers_ready
from deskstream_cli.stack.state import ProgramRecord, StackState
from deskstream_cli.stack.supervisor import ProcessInfo, Supervisor
from deskstream_localstack.envoy import is_live
from deskstream_localstack.kafka import has_live_broker
from deskstream_localstack.postgres import accepts_clients
from deskstream_localstack.valkey import answers_ping

Health = Literal["ready", "not ready", "starting", "stopped", "failed"]

_STATES_WITHOUT_PROCESS: Mapping[str, Health] = {
    "STOPPED": "stopped",
    "EXITED": "failed",
    "BACKOFF": "failed",
    "FATAL": "failed",
    "UNKNOWN": "failed",
}


@dataclass(frozen=True, slots=True)
class ProgramHealth:
    """One line of `desk status`; pid and figures are 0 for a program that is not there."""

    name: str
    health: Health
    version: str
    port: int
    pid: int
    memory_bytes: int
    uptime_s: int


async def stack_health(supervisor: Supervisor, state: StackState) -> list[ProgramHealth]:
    """Ask every program at once. An entry for each that `desk up` started, in that order."""
    processes = supervisor.processes()
    checks = (
        asyncio.to_thread(_program_health, name, record, processes.get(name), state)
        for name, record in state.programs.items()
    )
    return list(await asyncio.gather(*checks))


def _program_health(
    name: str, record: ProgramRecord, process: ProcessInfo | None, state: StackState
) -> ProgramHealth:
    pid = process.pid if process else 0
    return ProgramHealth(
        name=name,
        health=_health(name, process, state),
        version=record.version,
        port=record.port,
        pid=pid,
        memory_bytes=_memory_bytes(pid) if pid else 0,
        uptime_s=process.now - process.start if process and pid else 0,
    )


def _health(name: str, process: ProcessInfo | None, state: StackState) -> Health:
    if process is None:
        return "stopped"
    if process.statename in _STATES_WITHOUT_PROCESS:
        return _STATES_WITHOUT_PROCESS[process.statename]
    if _is_ready(name, state):
        return "ready"
    return "starting" if process.statename == "STARTING" else "not ready"


def _is_ready(name: str, state: StackState) -> bool:
    ports = state.ports
    match name:
        case "kafka":
            return has_live_broker(ports["kafka"], kafka_login(state.login))
        case "postgres":
            return accepts_clients(ports["postgres"])
        case "valkey":
            return answers_ping(ports["valkey"])
        case "envoy":
            return is_live(ports["gateway"])
        case _:
            return answers_ready(ports[name])


def _memory_bytes(pid: int) -> int:
    """Return the resident memory of the process and its children.

    Where the kernel says so, a page that several of them share (Postgres' buffers) counts once.
    """
    try:
        process = psutil.Process(pid)
        return sum(_resident_bytes(one) for one in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0


def _resident_bytes(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return int(process.memory_info().rss)
    return int(getattr(memory, "pss", memory.rss))
