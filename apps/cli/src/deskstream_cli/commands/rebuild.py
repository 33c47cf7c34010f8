"""`desk rebuild`: a service's state rebuilt from the log while the service is stopped."""

import asyncio
import os
import subprocess
import sys

from rich.console import Console

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.commands.services import Service, known, started
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.program import Program
from deskstream_cli.stack.readiness import start_and_wait
from deskstream_cli.stack.reporter import Reporter
from deskstream_cli.stack.services import service_programs
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.supervisor import supervisor_of


def rebuild(service: Service, *, data_dir: DataDir = None) -> None:
    """Rebuild the state of a service from the log. It is stopped first, and started again.

    Nothing is sent or announced a second time. When it fails, the state is as it was.
    """
    name = known(service)
    folder = data_folder(data_dir)
    reporter = Reporter(Console())
    with folder.lock():
        state = started(folder)
        supervisor = supervisor_of(folder, state)
        if supervisor is None or not supervisor.is_running():
            raise StackError("The stack does not run, so there is no log to read: `desk up` first.")
        program = _program(name, state, service_programs(folder, state.ports, state.login))
        # A service that is down is given what it would be started with.
        environment = supervisor.environment_of(name) or os.environ | program.part.env
        with reporter.step(f"{name} stopped"):
            supervisor.stop(program)
        try:
            done = subprocess.run(  # noqa: S603 (our own interpreter and a service we know)
                [sys.executable, "-m", f"deskstream_{name}", "rebuild"],
                env=environment,
                check=False,
            )
        finally:
            with reporter.step(f"{name} ready"):
                asyncio.run(start_and_wait(supervisor, folder, [program]))
    if done.returncode != 0:
        raise StackError(f"{name} was not rebuilt: what it says of it is above.")


def _program(name: str, state: StackState, programs: list[Program]) -> Program:
    if name not in state.programs:
        raise StackError(f"{name} is no part of this stack, which was started with --parts-only.")
    return next(program for program in programs if program.name == name)
