"""`desk parked`: tickets that wait because our code failed on them, and their replay."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from deskstream_cli.commands.listing import AsJson, print_json
from deskstream_cli.commands.options import DataDir, Reason, data_folder
from deskstream_cli.commands.services import AnyService, Service, chosen, in_database, known
from deskstream_cli.stack.errors import StackError
from deskstream_contracts.shown import shown_line
from deskstream_runtime.dead_letters.parking_lot import (
    DiscardRequested,
    ParkedRecord,
    ReplayRequested,
    parked_records,
    parked_subjects,
    request_discard,
    request_replay,
)
from deskstream_runtime.postgres.connection import Transaction

RECORDS_SHOWN = 200

parked = typer.Typer(
    no_args_is_help=True, help="Tickets that wait because our code failed on them."
)

Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at the most.")]


@parked.command("list")
def list_parked(
    service: AnyService = None,
    *,
    limit: Limit = RECORDS_SHOWN,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show the records of parked tickets, in the order they would be handled."""
    folder = data_folder(data_dir)
    rows = [
        _as_row(name, record)
        for name in chosen(service)
        for record in in_database(folder, name, lambda tx: parked_records(tx, limit))
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(_paragraph(row))
    if not rows:
        typer.echo("none")


@parked.command("replay")
def replay_parked(
    service: Service,
    tickets: Annotated[list[UUID] | None, typer.Argument(help="Default: all of them.")] = None,
    *,
    limit: Limit = 1_000,
    data_dir: DataDir = None,
) -> None:
    """Replay parked tickets, each in its order. One that fails again stays parked."""
    named, now = tickets or [], datetime.now(UTC)

    async def request(tx: Transaction) -> ReplayRequested:
        await _require_parked(tx, service, named)
        return await request_replay(tx, named, now, tickets_max=limit)

    requested = in_database(data_folder(data_dir), known(service), request)
    typer.echo(
        f"{service} was asked to replay {requested.tickets} tickets: see `desk parked list`."
    )
    if requested.left:
        typer.echo(f"{requested.left} more wait: run it again, or with a higher --limit.")


@parked.command("discard")
def discard_parked(
    service: Service,
    ticket: Annotated[UUID, typer.Argument(help="The ticket, as `list` shows it.")],
    *,
    reason: Reason,
    every: Annotated[
        bool, typer.Option("--all", help="Discard all its records, not only the first.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Discard the record a ticket waits for, for good; those behind it are handled, in order.

    It becomes a dead letter with the reason: `desk dead-letters replay` can bring it back.
    """
    now = datetime.now(UTC)

    async def request(tx: Transaction) -> DiscardRequested:
        await _require_parked(tx, service, [ticket])
        return await request_discard(tx, ticket, reason, now, every=every)

    asked = in_database(data_folder(data_dir), known(service), request)
    typer.echo(
        f"{service} was asked to discard {asked.discarded} records of {ticket} and to replay "
        f"{asked.handled}: see `desk dead-letters list {service}`."
    )


async def _require_parked(tx: Transaction, service: str, tickets: Sequence[UUID]) -> None:
    missing = set(tickets) - await parked_subjects(tx, tickets)
    if missing:
        raise StackError(f"{service} has not parked {', '.join(map(str, sorted(missing)))}.")


def _as_row(service: str, record: ParkedRecord) -> dict[str, object]:
    return {
        "ticket": str(record.subject),
        "service": service,
        "record": f"{record.partition.topic}/{record.partition.partition}/{record.offset}",
        "error": record.error,
        "attempts": record.attempts,
        "parked_at": record.parked_at.isoformat(timespec="seconds"),
        "replay_requested": record.replay_requested_at is not None,
    }


def _paragraph(row: Mapping[str, object]) -> str:
    """The ticket's id on a line that fits 80 columns, so that it can be copied."""
    asked = ", replay asked for" if row["replay_requested"] else ""
    return (
        f"{row['ticket']}  {row['service']}, tried {row['attempts']} times{asked}\n"
        f"  {shown_line(str(row['record']))} since {row['parked_at']}\n"
        f"  {shown_line(str(row['error']))}"
    )
