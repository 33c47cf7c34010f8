"""`desk logs`: read or follow what the programs write."""

import os
from typing import Annotated

import typer

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.errors import StackError


def logs(
    part: Annotated[
        str | None, typer.Argument(help="One program, as in `desk status`. Default: all.")
    ] = None,
    *,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Follow new lines.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, max=100_000)] = 50,
    data_dir: DataDir = None,
) -> None:
    """Show the newest lines of one program's log, or of all."""
    folder = data_folder(data_dir)
    known = sorted(folder.logs.glob("*.log"))
    chosen = [path for path in known if part in (None, path.stem)]
    if not chosen:
        names = ", ".join(path.stem for path in known) or "none: the stack was never started"
        raise StackError(f"There is no log of {part or 'any program'}. Logs there are: {names}.")
    # tail follows a log through its rotation (-F) and heads each part when there are several.
    mode = ["-F"] if follow else []
    os.execvp("tail", ["tail", "-n", str(lines), *mode, *map(str, chosen)])  # noqa: S606, S607
