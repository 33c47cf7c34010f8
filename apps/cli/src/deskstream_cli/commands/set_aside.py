"""`desk dead-letters` and `desk parked`: what was set aside, and having it handled again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID

import asyncpg
import typer
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.dead_letters import DeadLetter
from deskstream_cli.stack.dead_letters import dead_letters as read_dead_letters
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.services import service_database
from deskstream_cli.stack.state import StackState
from deskstream_contracts.topics import SERVICES
from deskstream_runtime.effects import Transaction
from deskstream_runtime.parking import ToPark
from deskstream_runtime.set_aside import handle_again, parked_records, request_replay

T = TypeVar("T")

RECORDS_SHOWN = 200
CONNECT_TIMEOUT_S = 5.0

dead_letters = typer.Typer(no_args_is_help=True, help="Records that a service could not take.")
parked = typer.Typer(
    no_args_is_help=True, help="Tickets that wait because our code failed on them."
)

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at the most.")]


@dead_letters.command("list")
def list_dead_letters(
    service: Annotated[str | None, typer.Argument(help="Default: every service.")] = None,
    *,
    data_dir: DataDir = None,
) -> None:
    """Show each dead letter's story: where the record is, why it was set aside, since when."""
    services = [_known(service)] if service else list(SERVICES)
    table = Table(box=None)
    for heading in ("service", "record", "reason", "detail", "type", "bytes", "first seen"):
        table.add_column(heading, overflow="fold")
    for letter in _read(_state(data_folder(data_dir)), services):
        story = letter.story
        table.add_row(
            story.service,
            letter.place,
            story.reason,
            story.detail,
            story.event_type_name or "",
            str(story.size_bytes),
            f"{story.first_seen_at:%Y-%m-%d %H:%M:%S}",
        )
    Console().print(table)


@dead_letters.command("replay")
def replay_dead_letters(
    service: Service,
    records: Annotated[
        list[str] | None, typer.Argument(help="topic/partition/offset, as `list` shows them.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every dead letter of the service.")] = False,
    limit: Limit = 1_000,
    data_dir: DataDir = None,
) -> None:
    """Have records taken again, as when the service has been mended.

    They are read from their topics. One that fails again is dead-lettered again, under the same id.
    """
    if bool(records) == every:
        raise StackError("Name records, or say --all.")
    folder = data_folder(data_dir)
    letters = _read(_state(folder), [_known(service)])
    chosen = [letter for letter in letters if every or letter.place in (records or ())][:limit]
    missing = set(records or ()) - {letter.place for letter in chosen}
    if missing:
        raise StackError(f"No dead letter of {service} tells of {', '.join(sorted(missing))}.")
    waiting = [_to_park(letter) for letter in chosen]
    _in_database(folder, service, lambda tx: handle_again(tx, waiting, datetime.now(UTC)))
    Console().print(f"{len(chosen)} records are handled again by {service}.")


@parked.command("list")
def list_parked(
    service: Annotated[str | None, typer.Argument(help="Default: every service.")] = None,
    *,
    limit: Limit = RECORDS_SHOWN,
    data_dir: DataDir = None,
) -> None:
    """Show the records of parked tickets, in the order they would be handled."""
    folder = data_folder(data_dir)
    table = Table(box=None)
    for heading in ("service", "ticket", "record", "error", "tried", "since", "replay"):
        table.add_column(heading, overflow="fold")
    for name in [_known(service)] if service else SERVICES:
        for record in _in_database(folder, name, lambda tx: parked_records(tx, limit)):
            table.add_row(
                name,
                str(record.subject),
                f"{record.place.topic}/{record.place.partition}/{record.offset}",
                record.error,
                str(record.attempts),
                f"{record.parked_at:%Y-%m-%d %H:%M:%S}",
                "asked for" if record.replay_requested_at else "",
            )
    Console().print(table)


@parked.command("replay")
def replay_parked(
    service: Service,
    tickets: Annotated[list[UUID] | None, typer.Argument(help="Default: all of them.")] = None,
    *,
    limit: Limit = 1_000,
    data_dir: DataDir = None,
) -> None:
    """Let parked tickets go on, each in its order. One that fails again stays parked."""
    subjects, now = tickets or [], datetime.now(UTC)
    asked = _in_database(
        data_folder(data_dir),
        _known(service),
        lambda tx: request_replay(tx, subjects, now, tickets_max=limit),
    )
    Console().print(f"{asked} tickets of {service} go on.")


def _known(service: str) -> str:
    if service not in SERVICES:
        raise StackError(f"There is no service {service!r}; there are {', '.join(SERVICES)}.")
    return service


def _state(folder: DataFolder) -> StackState:
    state = StackState.load(folder)
    if "kafka" not in state.ports:
        raise StackError(f"No stack was started in {folder.root}. Start one with `desk up`.")
    return state


def _read(state: StackState, services: Sequence[str]) -> list[DeadLetter]:
    try:
        return asyncio.run(read_dead_letters(state.urls["kafka"], services))
    except (KafkaError, TimeoutError) as error:
        raise StackError("The broker does not answer: see `desk status`.") from error


def _to_park(letter: DeadLetter) -> ToPark:
    story = letter.story
    place = TopicPartition(story.topic, story.partition)
    return ToPark(place, story.offset, letter.subject, f"dead letter: {story.reason}")


def _in_database(folder: DataFolder, service: str, act: Callable[[Transaction], Awaitable[T]]) -> T:
    """Acts in a transaction of a service's database, as the service's own role."""
    dsn = service_database(service, folder, _state(folder).ports)

    async def run() -> T:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
        try:
            async with connection.transaction():
                return await act(connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except (OSError, asyncpg.PostgresError) as error:
        raise StackError("The database does not answer: see `desk status`.") from error
