"""`desk ai`: whether the model behind `ai` answers."""

import os
import subprocess
import sys
from collections.abc import Mapping

import typer

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.inherited_settings import inherited_settings
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.supervisor import supervisor_of

ai = typer.Typer(no_args_is_help=True, help="The model that scores messages and drafts answers.")


@ai.callback()
def _group() -> None:
    """Keep `check` a command of its own name, though it is the only one."""


@ai.command()
def check(*, data_dir: DataDir = None) -> None:
    """Ask the model provider one question and say in plain words what is wrong.

    It asks with the settings of the running service; where none runs, with those of this shell
    (DESK_AI_...). Exit code 0: it answered; 1: it did not; 2: none is set, the local model answers.
    """
    running = _environment_of_service(data_folder(data_dir))
    if running is not None and _model_settings(os.environ) not in ({}, _model_settings(running)):
        typer.echo("This shell's DESK_AI_ settings are not those of the running stack: `desk up`.")
    done = subprocess.run(
        [sys.executable, "-m", "deskstream_ai", "check"],
        env=running or os.environ,
        check=False,
    )
    raise typer.Exit(done.returncode)


def _environment_of_service(folder: DataFolder) -> Mapping[str, str] | None:
    """Return what the running `ai` was given, or None when it does not run."""
    supervisor = supervisor_of(folder, StackState.load(folder))
    if supervisor is None or not supervisor.is_running():
        return None
    return supervisor.environment_of("ai")


def _model_settings(environment: Mapping[str, str]) -> dict[str, str]:
    settings = inherited_settings(environment)
    return {name: value for name, value in settings.items() if name.startswith("DESK_AI_")}
