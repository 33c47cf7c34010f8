"""`desk positions`: how far a service has read each partition, and passing records over."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, cast

import typer
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from deskstream_cli.commands.listing import AsJson, print_json
from deskstream_cli.commands.options import DataDir, Reason, data_folder
from deskstream_cli.commands.services import Service, in_database, known, started
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.log_ends import log_ends
from deskstream_cli.stack.login import kafka_access
from deskstream_contracts.model import ServiceName
from deskstream_runtime.consuming.held_topics import CannotRestart, restart_topic
from deskstream_runtime.consuming.positions import all_positions
from deskstream_runtime.consuming.skipping import CannotSkip, skip_records
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.postgres.connection import Transaction

positions = typer.Typer(
    no_args_is_help=True,
    help="How far services have read each partition, and passing records over.",
)


@positions.command("show")
def show_positions(
    service: Service,
    topic: Annotated[str | None, typer.Argument(help="Default: all it reads.")] = None,
    *,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show the next record of each partition that the service will handle, and the log's end."""
    folder = data_folder(data_dir)
    held = in_database(folder, known(service), all_positions)
    held = {place: at for place, at in held.items() if topic in {None, place.topic}}
    if not held:
        raise StackError(f"{service} has read nothing of {topic or 'the log'} yet.")
    ends = _ends(folder, held)
    rows: list[dict[str, object]] = [
        {
            "topic": place.topic,
            "partition": place.partition,
            "next": held[place],
            "end": ends[place],
            "behind": max(0, ends[place] - held[place]),
        }
        for place in sorted(held)
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(
            f"{row['topic']}/{row['partition']}  next {row['next']}, end {row['end']}, "
            f"{row['behind']} behind"
        )


@positions.command("skip")
def skip(
    service: Service,
    topic: Annotated[str, typer.Argument(help="As `show` prints it.")],
    partition: Annotated[int, typer.Argument(min=0)],
    offset: Annotated[int, typer.Argument(min=0, help="The last record to pass over.")],
    *,
    reason: Reason,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Refuse more records.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Pass records over for good: from the service's position up to OFFSET, that one included.

    For what cannot be read at all, or stops the service. Each becomes a dead letter with the
    reason: `desk dead-letters replay` brings back what can be read after all.
    """
    folder, place, now = data_folder(data_dir), TopicPartition(topic, partition), datetime.now(UTC)
    name = cast(ServiceName, known(service))

    async def act(tx: Transaction) -> int:
        return await skip_records(tx, name, place, offset, reason, now, records_max=limit)

    in_database(folder, service, lambda tx: _require_read(tx, service, place))
    end = _ends(folder, [place])[place]
    if offset >= end:
        raise StackError(f"{topic}/{partition} ends at {end}: there is no record {offset} yet.")
    try:
        skipped = in_database(folder, service, act)
    except CannotSkip as error:
        raise StackError(f"{error}. Nothing was passed over.") from None
    typer.echo(
        f"{service} passes over {skipped} records of {topic}/{partition} and continues at "
        f"{offset + 1}: see `desk dead-letters list {service}`."
    )


@positions.command("restart")
def restart(
    service: Service,
    topic: Annotated[str, typer.Argument(help="As `show` prints it.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Have a topic read from its start: one that was deleted and created again.

    Events that were handled before are known by their ids, and change nothing.
    """
    folder = data_folder(data_dir)

    async def act(tx: Transaction) -> None:
        if all(place.topic != topic for place in await all_positions(tx)):
            raise StackError(f"{service} does not read {topic}.")
        await restart_topic(tx, topic)

    try:
        in_database(folder, known(service), act)
    except CannotRestart as error:
        raise StackError(f"{error}. Nothing was changed.") from None
    typer.echo(f"{service} reads {topic} from its start.")


async def _require_read(tx: Transaction, service: str, place: TopicPartition) -> None:
    """A broker asked for a partition that is not there does not answer."""
    if place not in await all_positions(tx):
        raise StackError(f"{service} does not read {place.topic}/{place.partition}.")


def _ends(
    folder: DataFolder, places: Positions | Collection[TopicPartition]
) -> Mapping[TopicPartition, int]:
    try:
        return asyncio.run(log_ends(kafka_access(started(folder)), list(places)))
    except (KafkaError, TimeoutError) as error:
        raise StackError("The broker does not answer: see `desk status`.") from error
