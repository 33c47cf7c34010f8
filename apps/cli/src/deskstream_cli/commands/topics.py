"""`desk topics`: the topics of the contracts on a broker."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.login import kafka_access
from deskstream_cli.stack.state import StackState
from deskstream_contracts import TOPICS
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import HOW_TO_ALTER, TopicMismatch, alter_topics, create_topics

topics = typer.Typer(no_args_is_help=True, help="The topics of the contracts on a broker.")


@topics.callback()
def _group() -> None:
    """Keep `apply` a command of its own name, though it is the only one."""


@topics.command()
def apply(
    *,
    bootstrap: Annotated[
        str | None,
        typer.Option(help="host:port of a broker. Default: the local stack's.", show_default=False),
    ] = None,
    replication_factor: Annotated[int, typer.Option(min=1, max=9)] = 1,
    alter_settings: Annotated[
        bool,
        typer.Option(
            "--alter-settings",
            help="Give those that exist the settings of their records; "
            "never what decides on removal.",
        ),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Create the missing topics, and check partitions and settings of the others.

    A broker that --bootstrap names is reached as the variables DESK_KAFKA_SECURITY_… say.
    """
    kafka = KafkaAccess(bootstrap) if bootstrap else _local_kafka(data_dir)
    console = Console(highlight=False)
    if alter_settings:
        for one in asyncio.run(alter_topics(kafka, TOPICS)):
            console.print(f"altered {one.topic}: {one.setting} from {one.actual} to {one.wanted}")
    try:
        created = asyncio.run(create_topics(kafka, TOPICS, replication_factor=replication_factor))
    except TopicMismatch as error:
        raise StackError(f"{error}\n{HOW_TO_ALTER}") from error
    console.print(f"{len(created)} topics created, {len(TOPICS) - len(created)} as they should be.")


def _local_kafka(data_dir: DataDir) -> KafkaAccess:
    state = StackState.load(data_folder(data_dir))
    if "kafka" not in state.ports:
        raise StackError("There is no local stack: start it with `desk up`, or give --bootstrap.")
    return kafka_access(state)
