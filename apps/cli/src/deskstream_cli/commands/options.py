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


def data_folder(chosen: Path | None) -> DataFolder:
    """Return the chosen data folder, else `.desk` in the checkout."""
    return DataFolder(chosen or repository_root() / ".desk")
