"""Brings the stack up, in order, and takes it down again when that fails half-way."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.login import choose_login, kafka_access
from deskstream_cli.stack.migrations import migrate_all
from deskstream_cli.stack.orphans import end_orphans
from deskstream_cli.stack.parts import stack_superuser_dsn
from deskstream_cli.stack.port_plan import choose_ports, taken_ports
from deskstream_cli.stack.program import Program
from deskstream_cli.stack.readiness import start_and_wait
from deskstream_cli.stack.reporter import Reporter
from deskstream_cli.stack.secret_file import write_secret
from deskstream_cli.stack.services import database_passwords
from deskstream_cli.stack.stack_plan import StackPlan, plan_stack
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.supervisor import SUPERVISOR, Supervisor, supervisor_of
from deskstream_contracts import TOPICS
from deskstream_localstack.kafka_jvm import aot_cache_path
from deskstream_localstack.kafka_warm_up import warm_up
from deskstream_localstack.passwords import Passwords
from deskstream_localstack.service_databases import create_service_databases
from deskstream_runtime.kafka.topics import alter_topics, create_topics

WARM_UP_S = 1.5
# Ports are chosen seconds before they are listened on; another stack may start at the same moment.
OTHER_PORTS_TRIES = 2


async def start_stack(folder: DataFolder, *, parts_only: bool, reporter: Reporter) -> StackState:
    """Start what does not run yet and return the state of the running stack.

    What ran before is left running. When this start fails or is interrupted and nothing ran before
    it, everything it started is stopped again. Raises StackError or LocalStackError.
    """
    folder.create()
    with folder.lock():
        remembered = StackState.load(folder)
        supervisor = supervisor_of(folder, remembered)
        was_running = supervisor is not None and supervisor.is_running()
        if not was_running and end_orphans(folder):
            reporter.note("Stopped what an earlier stack had left running.")
        login = choose_login(remembered.login)
        ports = remembered.ports if was_running else choose_ports(remembered.ports)
        with reporter.step("Prepared"):
            plan = await plan_stack(folder, ports, login, parts_only=parts_only, reporter=reporter)
        is_other = was_running and folder.supervisor_config.read_text() != plan.config
        if supervisor and is_other:
            reporter.note("What should run has changed since the last start: restarting it.")
            await asyncio.to_thread(supervisor.shut_down)
            was_running = False
        for _ in range(OTHER_PORTS_TRIES):
            try:
                return await _start(folder, plan, reporter, was_running=was_running)
            except Exception:
                # Nothing of a failed first start runs any more: what listens is somebody else's.
                taken = [] if was_running else taken_ports(ports)
                if not taken:
                    raise
                reporter.note(f"Somebody took the port of {', '.join(taken)}: trying others.")
                ports = choose_ports(ports)
                plan = await plan_stack(
                    folder, ports, login, parts_only=parts_only, reporter=reporter
                )
        return await _start(folder, plan, reporter, was_running=was_running)


async def _start(
    folder: DataFolder, plan: StackPlan, reporter: Reporter, *, was_running: bool
) -> StackState:
    state = plan.state()
    password = Passwords(folder.passwords).of(SUPERVISOR)
    supervisor = Supervisor(folder, state.ports[SUPERVISOR], password)
    try:
        if not was_running:
            write_secret(folder.supervisor_config, plan.config)
            state.save(folder)
            supervisor.launch()
        await _Start(folder, plan, supervisor, reporter, is_fresh=not was_running).in_order()
    except BaseException:
        # Ctrl-C too: nothing of a stack that is not whole may stay behind.
        if not was_running:
            supervisor.shut_down()
        raise
    _train_aot_cache_in_background()
    return state


@dataclass(frozen=True, slots=True)
class _Start:
    """A start of what is planned; `is_fresh` if nothing of it ran before."""

    folder: DataFolder
    plan: StackPlan
    supervisor: Supervisor
    reporter: Reporter
    is_fresh: bool

    async def in_order(self) -> None:
        async with asyncio.TaskGroup() as beside:
            beside.create_task(self._stores())
            beside.create_task(self._broker())
        rest = [*self.plan.services, self.plan.envoy, self.plan.catcher]
        await self._ready(rest, ", ".join(program.name for program in rest))

    async def _stores(self) -> None:
        stores = [program for program in self.plan.parts if program.group != "broker"]
        await self._ready(stores, _named(stores))
        with self.reporter.step("Databases and roles are there"):
            superuser = stack_superuser_dsn(self.folder, self.plan.ports)
            await create_service_databases(superuser, database_passwords(self.folder))
        if self.plan.services:
            with self.reporter.step("The services' tables are up to date"):
                await migrate_all(self.folder, self.plan.services, self.plan.ports)

    async def _broker(self) -> None:
        broker = [program for program in self.plan.parts if program.group == "broker"]
        kafka = kafka_access(self.plan.state())
        await self._ready(broker, _named(broker))
        with self.reporter.step("Topics are there"):
            # The broker is ours: topics made by an earlier version are given this one's settings.
            await alter_topics(kafka, TOPICS)
            await create_topics(kafka, TOPICS)
        if self.is_fresh:
            # The first records through a fresh JVM are slow: the first ticket shall not be.
            await warm_up(kafka.client_options(), WARM_UP_S)

    async def _ready(self, programs: Sequence[Program], names: str) -> None:
        with self.reporter.step(f"{names} ready"):
            await start_and_wait(self.supervisor, self.folder, programs)


def _named(programs: Sequence[Program]) -> str:
    return ", ".join(f"{program.name} {program.part.version}" for program in programs)


def _train_aot_cache_in_background() -> None:
    """Let the next broker start in half the time. It runs on after this command has ended."""
    if not aot_cache_path().exists():
        subprocess.Popen(
            ["nice", sys.executable, "-m", "deskstream_localstack.kafka_aot"],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
