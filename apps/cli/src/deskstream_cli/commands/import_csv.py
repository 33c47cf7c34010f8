"""`desk import`: send a CSV file's rows as tickets."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import httpx
import typer
from rich.console import Console

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.importing.dates import DateOrder
from deskstream_cli.importing.plan import ImportOptions
from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.importing.run import ImportRun
from deskstream_cli.importing.sender import REQUEST_TIMEOUT_S
from deskstream_cli.importing.source_names import SourceNames, checked_source
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.state import StackState

EXIT_SOME_WRONG = 2


def import_csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The CSV file.")],
    *,
    source: Annotated[
        str,
        typer.Option(
            help="The system the rows come from; with a row's id it names the ticket. "
            "Default, on the local stack: the file's name."
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; send nothing.")
    ] = False,
    history: Annotated[
        bool,
        typer.Option("--history", help="Bring in the past: nothing is answered, timed or alarmed."),
    ] = False,
    analyse: Annotated[
        bool, typer.Option("--analyse", help="With --history: score and triage all the same.")
    ] = False,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN or FIELD=#NUMBER, repeatable; ignore=COLUMN."),
    ] = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="The first line is a row; columns are #1, #2 …")
    ] = False,
    delimiter: Annotated[
        str, typer.Option(help="comma, semicolon, tab, pipe, or any one character.")
    ] = "",
    quote: Annotated[str, typer.Option(help="The character that quotes cells.")] = '"',
    encoding: Annotated[str, typer.Option(help="utf-8, utf-16, cp1252, shift_jis …")] = "",
    date_order: Annotated[
        DateOrder | None, typer.Option(help="What 03/04/2026 is: day or month first.")
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="Zone of times that name none, like Europe/Berlin.")
    ] = "UTC",
    report: Annotated[
        Path | None, typer.Option(help="Where the report goes. Default: in the data folder.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Requests at a time.")] = 16,
    give_up_after_s: Annotated[
        float, typer.Option(min=1, help="How long to wait for an API that is away.")
    ] = 120.0,
    url: Annotated[str, typer.Option(help="The gateway. Default: the local stack's.")] = "",
    api_key_file: Annotated[
        Path | None, typer.Option(help="File with the key. Default: the local stack's.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Send every row of a CSV file as a ticket, through the public API.

    How the file is written is found out; where two ways fit, it is refused and the option named. A
    row sent twice is one ticket. An interrupted import resumes where it stopped. Exit code 0:
    every row was taken; 2: some rows were not, each is named in the report; 1: nothing was sent,
    or it stopped.
    """
    folder = data_folder(data_dir)
    if analyse and not history:
        raise StackError("--analyse goes with --history; without it every row is analysed.")
    try:
        options = ImportOptions(
            source=_source(source, url, file, folder, dry_run=dry_run),
            mapping=_pairs(mapping or []),
            encoding=encoding,
            delimiter=delimiter,
            quote=_quote(quote),
            has_header=not no_header,
            date_order=date_order,
            zone=_zone(timezone),
            history=history,
            analyse=analyse,
        )
        run = ImportRun(Console(), folder, file, options, report)
        if dry_run:
            result = run.dry()
        else:
            client = api_client(folder, url, api_key_file)
            if not source:
                SourceNames(folder.root / "imports").keep(options.source, file)
            result = run.send(client, concurrency=concurrency, give_up_after_s=give_up_after_s)
    except FileRefused as error:
        raise StackError(f"{file.name} is not imported. {error}") from error
    if result.wrong_count:
        raise typer.Exit(EXIT_SOME_WRONG)


def api_client(folder: DataFolder, url: str, api_key_file: Path | None) -> httpx.AsyncClient:
    """A client of the public API. Raises StackError when there is no stack or no key to use."""
    key_file = api_key_file or folder.api_key
    address = url or StackState.load(folder).urls.get("gateway", "")
    if not address or not key_file.exists():
        raise StackError("No stack is known here. Start one (`desk up`), or give --url and a key.")
    return httpx.AsyncClient(
        base_url=address,
        headers={"Authorization": f"Bearer {key_file.read_text().strip()}"},
        timeout=REQUEST_TIMEOUT_S,
        limits=httpx.Limits(max_connections=128),
    )


def _source(named: str, url: str, file: Path, folder: DataFolder, *, dry_run: bool) -> str:
    if named:
        return checked_source(named)
    if url and not dry_run:
        raise StackError(
            "--url needs --source: others import there too, and two files of the same name must "
            "not become one system's. Name the system, for example --source zendesk."
        )
    return SourceNames(folder.root / "imports").of_file(file)


def _pairs(mapping: list[str]) -> list[tuple[str, str]]:
    pairs = [item.partition("=") for item in mapping]
    if any(not name or not column for name, _, column in pairs):
        raise StackError("--map takes FIELD=COLUMN, for example --map body=text.")
    return [(name, column) for name, _, column in pairs]


def _quote(char: str) -> str:
    if len(char) != 1 or char.isalnum() or char in "\r\n\x00 ,;\t|":
        raise StackError(f"--quote takes one character that is no letter or digit, not {char!r}.")
    return char


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise StackError(f"--timezone {name}: no such zone. Try Europe/Berlin.") from error
