"""`desk status`: how every program is, and how far the services are behind."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Column, Table

from deskstream_cli.commands.listing import AsJson, print_json
from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.consumer_lag import ConsumerLag, consumer_lags
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.figures import Figures, read_figures
from deskstream_cli.stack.health import ProgramHealth, stack_health
from deskstream_cli.stack.login import kafka_access
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.supervisor import supervisor_of
from deskstream_runtime.kafka.access import KafkaAccess

EXIT_UNHEALTHY = 1
EXIT_NOT_RUNNING = 3
BYTES_PER_MB = 1_000_000
COLOURS = {"ready": "green", "starting": "yellow", "not ready": "yellow", "not working": "yellow"}


def status(*, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show health, version, port, memory, what waits, and lag.

    Exit code 0: everything works; 1: something is not; 3: the stack is not running.
    """
    console = Console()
    folder = data_folder(data_dir)
    state = StackState.load(folder)
    supervisor = supervisor_of(folder, state)
    if supervisor is None or not supervisor.is_running():
        if as_json:
            print_json({"running": False, "programs": [], "waiting": [], "consumers": []})
        else:
            console.print(f"The stack in {folder.root} is not running. Start it with `desk up`.")
        raise typer.Exit(EXIT_NOT_RUNNING)
    programs = asyncio.run(stack_health(supervisor, state))
    services = [name for name, record in state.programs.items() if record.group == "services"]
    waiting = asyncio.run(_waiting(folder, state, services))
    lags = _lags(kafka_access(state), services)
    if as_json:
        known = None if isinstance(lags, str) else [asdict(lag) for lag in lags]
        print_json(
            {
                "running": True,
                "programs": [asdict(program) for program in programs],
                "waiting": [asdict(one) for one in waiting],
                "consumers": known,
            }
        )
    else:
        console.print(_programs_table(programs))
        for line in _remarks(programs):
            console.print(line, style="yellow", markup=False, highlight=False)
        if waiting:
            console.print(_waiting_table(waiting))
        if lags:
            console.print(lags if isinstance(lags, str) else _lag_table(lags))
    if any(program.health != "ready" for program in programs):
        raise typer.Exit(EXIT_UNHEALTHY)


async def _waiting(folder: DataFolder, state: StackState, services: Sequence[str]) -> list[Figures]:
    """The backlog of each service that shows it to the stack's own key."""
    if not folder.api_key.exists():
        return []
    key = folder.api_key.read_text().strip()
    found = await asyncio.gather(
        *(asyncio.to_thread(read_figures, name, state.ports[name], key) for name in services)
    )
    return [one for one in found if one is not None]


def _lags(kafka: KafkaAccess, services: Sequence[str]) -> list[ConsumerLag] | str:
    """The lags, or why they are unknown."""
    try:
        return asyncio.run(consumer_lags(kafka, services)) if services else []
    except (KafkaError, TimeoutError) as error:
        return f"The consumers' lag is unknown: {error or 'no answer in time'}"


def _remarks(programs: Sequence[ProgramHealth]) -> list[str]:
    """The programs' own remarks, one line each."""
    if not any(program.remarks for program in programs):
        return []
    # Loaded where there is something to show: all of the contracts come with it.
    from deskstream_contracts.shown import shown_line  # noqa: PLC0415

    return [
        f"{program.name}: {part}: {shown_line(words)}"
        for program in programs
        for part, words in program.remarks.items()
    ]


def _programs_table(programs: Sequence[ProgramHealth]) -> Table:
    numbers = ("port", "pid", "memory MB", "up")
    table = Table("part", "health", "version", *map(_number_column, numbers), box=None)
    for one in programs:
        colour = COLOURS.get(one.health, "red")
        running = (str(one.pid), f"{one.memory_bytes / BYTES_PER_MB:.0f}", _duration(one.uptime_s))
        table.add_row(
            one.name,
            f"[{colour}]{one.health}[/]",
            one.version,
            str(one.port),
            *(running if one.pid else ("-", "-", "-")),
        )
    total_mb = sum(one.memory_bytes for one in programs) / BYTES_PER_MB
    table.add_row("[dim]all[/]", "", "", "", "", f"[dim]{total_mb:.0f}[/]", "")
    return table


def _waiting_table(waiting: Sequence[Figures]) -> Table:
    numbers = ("events to send", "work due", "parked tickets", "dead letters", "breakers open")
    table = Table("service", *map(_number_column, numbers), box=None)
    for one in waiting:
        table.add_row(
            one.service,
            _number(one.outbox_rows, one.outbox_oldest_age_s),
            _number(one.work_due, one.work_oldest_age_s),
            _number(one.parked_tickets, one.parked_oldest_age_s),
            str(one.dead_letters_since_start),
            str(one.breakers_open),
        )
    return table


def _number(waiting: int, oldest_age_s: float) -> str:
    """The number that waits and the age of the oldest, if any."""
    return f"{waiting} ({_duration(int(oldest_age_s))})" if waiting else "0"


def _lag_table(lags: Sequence[ConsumerLag]) -> Table:
    numbers = ("partitions", "records behind")
    table = Table("consumer", *map(_number_column, numbers), "most behind in", box=None)
    for lag in lags:
        table.add_row(lag.group, str(lag.partitions), str(lag.behind), lag.worst)
    return table


def _number_column(heading: str) -> Column:
    return Column(heading, justify="right")


def _duration(seconds: int) -> str:
    return str(timedelta(seconds=seconds))
