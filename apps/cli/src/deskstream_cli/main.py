"""The root of `desk`: names the commands, and turns known errors into a message and exit code 1."""

import logging
import os
import sys
from collections.abc import Iterator

from deskstream_cli.lazy_group import LazyCommand, lazy_app
from deskstream_cli.stack.errors import StackError
from deskstream_localstack.part import LocalStackError

EXIT_FAILED = 1

COMMANDS = {
    "up": LazyCommand("up:up", "Start the whole stack on this machine."),
    "down": LazyCommand("down:down", "Stop it; the data stays."),
    "status": LazyCommand("status:status", "Show health, version, port, memory and lag."),
    "url": LazyCommand("url:url", "Print where something can be reached."),
    "logs": LazyCommand("logs:logs", "Show the newest lines of one program's log, or of all."),
    "import": LazyCommand("import_csv:import_csv", "Send the rows of a CSV file as tickets."),
    "demo": LazyCommand("demo:demo", "Send real messages through it and show the results."),
    "keys": LazyCommand("keys:keys", "The API keys of this stack."),
    "ai": LazyCommand("ai:ai", "Whether the model provider answers."),
    "topics": LazyCommand("topics:topics", "The topics of the contracts on a broker."),
    "rebuild": LazyCommand("rebuild:rebuild", "Rebuild a service's state from the log."),
    "dead-letters": LazyCommand(
        "dead_letters:dead_letters", "Records that a service could not handle."
    ),
    "parked": LazyCommand("parked:parked", "Tickets that wait because our code failed on them."),
    "positions": LazyCommand(
        "positions:positions", "How far services have read; pass records over."
    ),
}

desk = lazy_app(
    COMMANDS,
    name="desk",
    help="Runs Deskstream on this machine and looks into it.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    # Loading rich to colour the help would take longer than everything else.
    rich_markup_mode=None,
)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def main() -> None:
    """Run the command that the arguments name."""
    # Whatever `desk` and what it starts create is for its user alone.
    os.umask(0o077)
    # The Kafka client reports each of its own retries; what matters is raised as an error.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        desk()
    except* (StackError, LocalStackError) as failures:
        for error in _leaves(failures):
            print(f"✗ {error}", file=sys.stderr)  # noqa: T201  (rich takes a while to load)
        sys.exit(EXIT_FAILED)
