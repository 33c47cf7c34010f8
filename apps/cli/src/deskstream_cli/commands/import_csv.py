"""`desk import`: send a CSV file's rows as tickets."""

import asyncio
import re
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.importing.columns import Columns, UnusableColumns, choose_columns
from deskstream_cli.importing.progress_file import ProgressFile
from deskstream_cli.importing.rows import read_header, read_rows
from deskstream_cli.importing.sender import REQUEST_TIMEOUT_S, ImportResult, ImportStopped, Sender
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.state import StackState

EXIT_SOME_WRONG = 2
WRONG_ROWS_SHOWN = 20


def import_csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The CSV file.")],
    *,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN, repeatable. What is not told is guessed."),
    ] = None,
    source: Annotated[
        str, typer.Option(help="Where the rows come from; with a row's id it names the ticket.")
    ] = "",
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

    A row sent twice is one ticket. An import that was cut off goes on where it stopped. Exit code
    0: every row was taken; 2: some rows are wrong and were skipped, each is named; 1: it stopped.
    """
    console = Console()
    folder = data_folder(data_dir)
    result = run_import(
        console,
        folder,
        file,
        told=_told(mapping or []),
        source=source or _source_of(file),
        concurrency=concurrency,
        give_up_after_s=give_up_after_s,
        client=api_client(folder, url, api_key_file),
    )
    _print_result(console, result)
    if result.wrong:
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


def run_import(
    console: Console,
    folder: DataFolder,
    file: Path,
    *,
    told: dict[str, str],
    source: str,
    concurrency: int,
    give_up_after_s: float,
    client: httpx.AsyncClient,
) -> ImportResult:
    """Imports a file with a progress bar. Raises StackError when it has to stop."""
    try:
        columns = choose_columns(read_header(file), told)
    except UnusableColumns as error:
        raise StackError(str(error)) from error
    _print_columns(console, columns)
    progress_file = ProgressFile(folder.root / "imports", file, source, str(client.base_url))
    rows = sum(1 for _ in read_rows(file, columns, source))
    with progress_bar(console) as bar:
        task = bar.add_task(file.name, total=rows)
        sender = Sender(
            client,
            concurrency=concurrency,
            give_up_after_s=give_up_after_s,
            on_settled=lambda: bar.advance(task),
            remember=progress_file.save,
        )
        try:
            result = asyncio.run(_send(sender, client, file, columns, source, progress_file.load()))
        except ImportStopped as error:
            done = f"{sender.result.rows} of {rows} rows"
            raise StackError(f"Stopped after {done}. {error}") from error
    progress_file.forget()
    return result


async def _send(
    sender: Sender,
    client: httpx.AsyncClient,
    file: Path,
    columns: Columns,
    source: str,
    after_line: int,
) -> ImportResult:
    async with client:
        return await sender.send(read_rows(file, columns, source), after_line)


def _told(mapping: list[str]) -> dict[str, str]:
    pairs = [item.partition("=") for item in mapping]
    if any(not name or not column for name, _, column in pairs):
        raise StackError("--map takes FIELD=COLUMN, for example --map body=text.")
    return {name: column for name, _, column in pairs}


def _source_of(file: Path) -> str:
    """The file's name as an open word: `My export.csv` is `my_export`."""
    return re.sub(r"[^a-z0-9_.:-]+", "_", file.stem.lower()).strip("_.:-")[:100] or "csv"


def progress_bar(console: Console) -> Progress:
    """A bar that counts rows."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _print_columns(console: Console, columns: Columns) -> None:
    told = ", ".join(f"{name} ← {column}" for name, column in columns.of.items())
    console.print(f"[dim]{told}; attributes: {', '.join(columns.attributes) or 'none'}[/]")


def _print_result(console: Console, result: ImportResult) -> None:
    console.print(
        f"{result.rows} rows: [green]{result.created} new[/], {result.known} known already, "
        f"{result.skipped} sent before, [red]{len(result.wrong)} wrong[/]",
        highlight=False,
    )
    if result.wrong:
        table = Table(box=None)
        table.add_column("line", justify="right")
        table.add_column("skipped because it")
        for wrong in result.wrong[:WRONG_ROWS_SHOWN]:
            table.add_row(str(wrong.line), wrong.reason)
        console.print(table)
        if len(result.wrong) > WRONG_ROWS_SHOWN:
            console.print(f"… and {len(result.wrong) - WRONG_ROWS_SHOWN} more", highlight=False)
