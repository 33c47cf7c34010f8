"""`desk dead-letters`: records that a service could not take, and having them taken again."""

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

dead_letters = typer.Typer(no_args_is_help=True, help="Records that a service could not take.")


@dead_letters.command("list")
def list_dead_letters(
    service: AnyService = None, *, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Show each dead letter's story: where the record is, why it was set aside, since when."""
    letters = _read(started(data_folder(data_dir)), chosen(service))
    if as_json:
        print_json([_as_row(letter) for letter in letters])
        return
    by_place: dict[str, list[DeadLetter]] = defaultdict(list)
    for letter in letters:
        by_place[letter.place].append(letter)
    for place, told in by_place.items():
        typer.echo(_paragraph(place, told))
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
    """Have records taken again, as when the service has been mended.

    They are read from their topics. One that fails again is dead-lettered again, under the same id.
    """
    if bool(records) == every:
        raise StackError("Name records, or say --all.")
    folder = data_folder(data_dir)
    named = set(records or ())
    letters = _read(started(folder), [known(service)])
    missing = named - {letter.place for letter in letters}
    if missing:
        raise StackError(f"No dead letter of {service} tells of {', '.join(sorted(missing))}.")
    picked = [letter for letter in letters if every or letter.place in named]
    if len(picked) > limit:
        raise StackError(
            f"These are {len(picked)} records, more than {limit}: name some, or say "
            f"--limit {len(picked)} to have all of them taken again."
        )
    waiting = [_to_park(letter) for letter in picked]
    in_database(folder, service, lambda tx: handle_again(tx, waiting, datetime.now(UTC)))
    typer.echo(f"{service} was asked to take {len(picked)} records again: see `desk parked list`.")


def _as_row(letter: DeadLetter) -> dict[str, object]:
    story = letter.story
    return {
        "record": letter.place,
        "service": story.service,
        "reason": story.reason,
        "detail": story.detail,
        "type": story.event_type_name,
        "size_bytes": story.size_bytes,
        "first_seen_at": story.first_seen_at.isoformat(),
    }


def _paragraph(place: str, told: Sequence[DeadLetter]) -> str:
    """A record on a line of its own, so that its name can be copied; then who says what of it."""
    story = told[0].story
    since = f"{story.first_seen_at:%Y-%m-%d %H:%M:%S}"
    lines = [f"{shown_line(place)}  {story.size_bytes} bytes, since {since}"]
    services: dict[str, list[str]] = defaultdict(list)
    for letter in told:
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
