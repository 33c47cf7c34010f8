"""`desk url`: where things are, on whatever ports they came to listen."""

from typing import Annotated

import typer

from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.state import StackState


def url(
    name: Annotated[str | None, typer.Argument(help="What to find. Default: list all.")] = None,
    *,
    data_dir: DataDir = None,
) -> None:
    """Print where something can be reached, as in `curl $(desk url gateway)/v1/tickets`."""
    folder = data_folder(data_dir)
    known = StackState.load(folder).urls
    if not known:
        raise StackError(f"No stack was started in {folder.root}. Start one with `desk up`.")
    if name is None:
        width = max(map(len, known))
        for each, address in known.items():
            typer.echo(f"{each:{width}}  {address}")
    elif name in known:
        typer.echo(known[name])
    else:
        raise StackError(f"Nothing here is called {name!r}. Known: {', '.join(known)}.")
