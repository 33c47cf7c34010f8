"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from deskstream_cli.stack.data_folder import DataFolder, repository_root

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="DESK_DATA_DIR",
        help="Folder of the stack's data. Default: .desk in the checkout.",
        show_default=False,
    ),
]

REASON_MAX_CHARS = 400


def _reason(value: str) -> str:
    if not value.strip() or len(value) > REASON_MAX_CHARS:
        raise typer.BadParameter(f"say why, in 1 to {REASON_MAX_CHARS} characters")
    return value.strip()


Reason = Annotated[
    str,
    typer.Option(
        help="Why: kept on the log, so name no person.", callback=_reason, show_default=False
    ),
]


def data_folder(chosen: Path | None) -> DataFolder:
    """Return the chosen data folder, else `.desk` in the checkout."""
    return DataFolder(chosen or repository_root() / ".desk")
