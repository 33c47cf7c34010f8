"""`desk up`: start the whole stack on this machine."""

import asyncio
import signal
from typing import Annotated

import typer
from rich.console import Console

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.port_plan import USUAL_PORTS
from deskstream_cli.stack.reporter import Reporter
from deskstream_cli.stack.start import start_stack
from deskstream_cli.stack.state import StackState


def up(
    *,
    parts_only: Annotated[
        bool, typer.Option("--parts-only", help="Start no service: the servers alone.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Start Kafka, Postgres, Valkey, the services, the gateway and the catcher.

    What already runs is left alone. What was started is stopped again when the start fails.
    """
    console = Console()
    reporter = Reporter(console)
    folder = data_folder(data_dir)
    # A shell's background command is born deaf to SIGINT. A polite kill cleans up as Ctrl-C does.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        state = asyncio.run(start_stack(folder, parts_only=parts_only, reporter=reporter))
    finally:
        reporter.close()
    _print_addresses(console, folder, state)


def _print_addresses(console: Console, folder: DataFolder, state: StackState) -> None:
    lines = {**state.urls, "API key": f"in {folder.api_key}", "data and logs": str(folder.root)}
    console.print("Deskstream is up", style="italic")
    for name, where in lines.items():
        # Never cut or wrapped: an address is there to be copied.
        console.print(f" [bold]{name:13}[/]  {where}", soft_wrap=True, highlight=False)
    moved = [
        f"{name} {port} (usually {USUAL_PORTS[name]})"
        for name, port in state.ports.items()
        if port != USUAL_PORTS[name]
    ]
    if moved:
        console.print(f"[yellow]Other ports than usual:[/] {', '.join(moved)}", highlight=False)
    console.print("[dim]desk status · desk logs -f · desk down[/]", highlight=False)
