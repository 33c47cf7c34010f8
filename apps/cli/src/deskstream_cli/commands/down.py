"""`desk down`: stop the stack."""

from typing import Annotated

import typer
from rich.console import Console

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.orphans import end_orphans, still_running
from deskstream_cli.stack.reporter import Reporter
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.supervisor import supervisor_of


def down(
    *,
    wipe: Annotated[
        bool, typer.Option("--wipe", help="Delete all data, logs, passwords and the API key too.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Stop services, gateway, broker and stores, in this order. The data stays."""
    folder = data_folder(data_dir)
    reporter = Reporter(Console())
    if not folder.root.exists():
        reporter.note(f"There is no stack in {folder.root}.")
        return
    with folder.lock():
        with reporter.step("Stopped"):
            supervisor = supervisor_of(folder, StackState.load(folder))
            if supervisor:
                supervisor.shut_down()
            else:
                end_orphans(folder)
            still = still_running(folder)
            if still:
                raise StackError(f"Still running after the stop: {', '.join(still)}.")
        if wipe:
            folder.wipe()
            reporter.note(f"Deleted what the stack kept in {folder.root}.{_left_in(folder)}")


def _left_in(folder: DataFolder) -> str:
    """Files that are not the stack's, by name."""
    names = sorted(path.name for path in folder.root.iterdir()) if folder.root.exists() else []
    return f" Left as it is: {', '.join(names)}." if names else ""
