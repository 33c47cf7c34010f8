"""Brings the stack up, in order, and takes it down again when that fails half-way."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence

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
        if was_running and supervisor and _differs(folder, plan):
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


def _differs(folder: DataFolder, plan: StackPlan) -> bool:
    return folder.supervisor_config.read_text() != plan.config


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
        await _start_in_order(folder, plan, supervisor, reporter, fresh=not was_running)
    except BaseException:
        # Ctrl-C too: nothing of a stack that is not whole may stay behind.
        if not was_running:
            supervisor.shut_down()
        raise
    _train_aot_cache_in_background()
    return state


async def _start_in_order(
    folder: DataFolder,
    plan: StackPlan,
    supervisor: Supervisor,
    reporter: Reporter,
    *,
    fresh: bool,
) -> None:
    broker = [program for program in plan.parts if program.group == "broker"]
    stores = [program for program in plan.parts if program.group != "broker"]
    async with asyncio.TaskGroup() as beside:
        beside.create_task(_start_stores(folder, plan, supervisor, reporter, stores))
        beside.create_task(_start_broker(folder, plan, supervisor, reporter, broker, fresh))
    rest = [*plan.services, plan.envoy, plan.catcher]
    with reporter.step(", ".join(program.name for program in rest) + " ready"):
        await start_and_wait(supervisor, folder, rest)


async def _start_stores(
    folder: DataFolder,
    plan: StackPlan,
    supervisor: Supervisor,
    reporter: Reporter,
    stores: Sequence[Program],
) -> None:
    with reporter.step(f"{_named(stores)} ready"):
        await start_and_wait(supervisor, folder, stores)
    with reporter.step("Databases and roles are there"):
        superuser = stack_superuser_dsn(folder, plan.ports)
        await create_service_databases(superuser, database_passwords(folder))
    if plan.services:
        with reporter.step("The services' tables are up to date"):
            await migrate_all(folder, plan.services, plan.ports)


async def _start_broker(
    folder: DataFolder,
    plan: StackPlan,
    supervisor: Supervisor,
    reporter: Reporter,
    broker: Sequence[Program],
    fresh: bool,
) -> None:
    kafka = kafka_access(plan.state())
    with reporter.step(f"{_named(broker)} ready"):
        await start_and_wait(supervisor, folder, broker)
    with reporter.step("Topics are there"):
        # The broker is ours: topics made by an earlier version are given the settings of this one.
        await alter_topics(kafka, TOPICS)
        await create_topics(kafka, TOPICS)
    if fresh:
        # The first records through a fresh JVM are slow: the first ticket shall not be.
        await warm_up(kafka.client_options(), WARM_UP_S)


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
