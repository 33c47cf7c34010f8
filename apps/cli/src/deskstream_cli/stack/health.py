"""The health of each program of a running stack."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import psutil

from deskstream_cli.stack.parts import kafka_login
from deskstream_cli.stack.program import answers_ready
from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_cli.stack.state import ProgramRecord, StackState
from deskstream_cli.stack.supervisor import ProcessInfo, Supervisor
from deskstream_localstack.envoy import is_live
from deskstream_localstack.kafka import has_live_broker
from deskstream_localstack.postgres import accepts_clients
from deskstream_localstack.valkey import answers_ping

Health = Literal["ready", "not working", "not ready", "starting", "stopped", "failed"]

_STATES_WITHOUT_PROCESS: Mapping[str, Health] = {
    "STOPPED": "stopped",
    **dict.fromkeys(("EXITED", "BACKOFF", "FATAL", "UNKNOWN"), "failed"),
}


@dataclass(frozen=True, slots=True)
class ProgramHealth:
    """One line of `desk status`; pid and figures are 0 for a program that is not there.

    A service is `ready` when its log moves, too, and `not working` when it only answers. `remarks`
    are its own, by part: why it is not ready, or what to fix although it is.
    """

    name: str
    health: Health
    version: str
    port: int
    pid: int
    memory_bytes: int
    uptime_s: int
    remarks: Mapping[str, str] = field(default_factory=dict)


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
    health, remarks = _health(name, process, state)
    return ProgramHealth(
        name=name,
        health=health,
        version=record.version,
        port=record.port,
        pid=pid,
        memory_bytes=_memory_bytes(pid) if pid else 0,
        uptime_s=process.now - process.start if process and pid else 0,
        remarks=remarks,
    )


def _health(
    name: str, process: ProcessInfo | None, state: StackState
) -> tuple[Health, Mapping[str, str]]:
    if process is None:
        return "stopped", {}
    if process.statename in _STATES_WITHOUT_PROCESS:
        return _STATES_WITHOUT_PROCESS[process.statename], {}
    found = _readiness(name, state)
    if found.working:
        return "ready", found.warnings
    said = {**found.warnings, **found.troubles}
    if process.statename == "STARTING":
        return "starting", said
    return "not working" if found.ready else "not ready", said


def _readiness(name: str, state: StackState) -> ServiceReadiness:
    ports = state.ports
    match name:
        case "kafka":
            answers = has_live_broker(ports["kafka"], kafka_login(state.login))
        case "postgres":
            answers = accepts_clients(ports["postgres"])
        case "valkey":
            answers = answers_ping(ports["valkey"])
        case "envoy":
            answers = is_live(ports["gateway"])
        case "catcher":
            answers = answers_ready(ports["catcher"])
        case _:
            return ServiceReadiness.read(ports[name])
    return ServiceReadiness(ready=answers, working=answers)


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
