"""The root of `desk`: names the commands, and turns known errors into a message and exit code 1."""

import logging
import sys
from collections.abc import Iterator

import typer
from rich.console import Console

from deskstream_cli.commands.demo import demo
from deskstream_cli.commands.down import down
from deskstream_cli.commands.import_csv import import_csv
from deskstream_cli.commands.logs import logs
from deskstream_cli.commands.set_aside import dead_letters, parked
from deskstream_cli.commands.status import status
from deskstream_cli.commands.topics import topics
from deskstream_cli.commands.up import up
from deskstream_cli.stack.errors import StackError
from deskstream_localstack.part import LocalStackError

EXIT_FAILED = 1

desk = typer.Typer(
    name="desk",
    help="Runs Deskstream on this machine and looks into it.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
desk.command()(up)
desk.command()(down)
desk.command()(status)
desk.command()(logs)
desk.command("import")(import_csv)
desk.command()(demo)
desk.add_typer(topics, name="topics")
desk.add_typer(dead_letters, name="dead-letters")
desk.add_typer(parked, name="parked")


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def main() -> None:
    """Run the command that the arguments name."""
    # The Kafka client reports each of its own retries; what matters is raised as an error.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        desk()
    except* (StackError, LocalStackError) as failures:
        console = Console(stderr=True)
        for error in _leaves(failures):
            console.print(f"[red]✗[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(EXIT_FAILED)
