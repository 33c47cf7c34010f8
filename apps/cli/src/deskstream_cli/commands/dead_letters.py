"""`desk dead-letters`: records that a service could not handle, and their replay."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from deskstream_cli.commands.listing import AsJson, print_json
from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.commands.services import (
    AnyService,
    Service,
    chosen,
    in_database,
    known,
    started,
)
from deskstream_cli.stack.dead_letters import DeadLetter
from deskstream_cli.stack.dead_letters import dead_letters as read_dead_letters
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.login import kafka_access
from deskstream_cli.stack.state import StackState
from deskstream_contracts.shown import shown_line
from deskstream_runtime.dead_letters.parking_lot import FailedRecord, handle_again

dead_letters = typer.Typer(no_args_is_help=True, help="Records that a service could not handle.")


@dead_letters.command("list")
def list_dead_letters(
    service: AnyService = None, *, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Show each dead letter: its record, the reason, since when."""
    letters = _read(started(data_folder(data_dir)), chosen(service))
    if as_json:
        print_json([_as_row(letter) for letter in letters])
        return
    by_record: dict[str, list[DeadLetter]] = defaultdict(list)
    for letter in letters:
        by_record[letter.record].append(letter)
    for record, letters_of in by_record.items():
        typer.echo(_paragraph(record, letters_of))
    if not letters:
        typer.echo("none")


@dead_letters.command("replay")
def replay_dead_letters(
    service: Service,
    records: Annotated[
        list[str] | None, typer.Argument(help="topic/partition/offset, as `list` shows them.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every dead letter of the service.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Refuse more.")] = 1_000,
    data_dir: DataDir = None,
) -> None:
    """Have records handled again, for example after a fix of the service.

    They are read from their topics. One that fails again is dead-lettered again, under the same id.
    """
    if bool(records) == every:
        raise StackError("Name records, or give --all.")
    folder = data_folder(data_dir)
    named = set(records or ())
    letters = _read(started(folder), [known(service)])
    missing = named - {letter.record for letter in letters}
    if missing:
        raise StackError(f"{service} has no dead letter about {', '.join(sorted(missing))}.")
    picked = [letter for letter in letters if every or letter.record in named]
    if len(picked) > limit:
        raise StackError(
            f"These are {len(picked)} records, more than {limit}: name some, or give "
            f"--limit {len(picked)} to replay all of them."
        )
    waiting = [_to_park(letter) for letter in picked]
    in_database(folder, service, lambda tx: handle_again(tx, waiting, datetime.now(UTC)))
    typer.echo(
        f"{service} was asked to handle {len(picked)} records again: see `desk parked list`."
    )


def _as_row(letter: DeadLetter) -> dict[str, object]:
    story = letter.story
    return {
        "record": letter.record,
        "service": story.service,
        "reason": story.reason,
        "detail": story.detail,
        "type": story.event_type_name,
        "size_bytes": story.size_bytes,
        "first_seen_at": story.first_seen_at.isoformat(),
    }


def _paragraph(record: str, letters: Sequence[DeadLetter]) -> str:
    """The record on a line of its own, to be copied; then each reason with its services."""
    story = letters[0].story
    since = f"{story.first_seen_at:%Y-%m-%d %H:%M:%S}"
    lines = [f"{shown_line(record)}  {story.size_bytes} bytes, since {since}"]
    services: dict[str, list[str]] = defaultdict(list)
    for letter in letters:
        services[f"{letter.story.reason}: {letter.story.detail}"].append(letter.story.service)
    lines += [f"  {', '.join(names)}: {shown_line(why)}" for why, names in services.items()]
    return "\n".join(lines)


def _read(state: StackState, services: Sequence[str]) -> list[DeadLetter]:
    try:
        return asyncio.run(read_dead_letters(kafka_access(state), services))
    except (KafkaError, TimeoutError) as error:
        raise StackError("The broker does not answer: see `desk status`.") from error


def _to_park(letter: DeadLetter) -> FailedRecord:
    story = letter.story
    place = TopicPartition(story.topic, story.partition)
    return FailedRecord(place, story.offset, letter.subject, f"dead letter: {story.reason}")
