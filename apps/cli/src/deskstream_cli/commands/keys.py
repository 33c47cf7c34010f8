"""`desk keys`: who may call the API of this stack, and what for."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deskstream_cli.commands.listing import AsJson, print_json
from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.stack.api_keys import add_api_key, api_keys, revoke_api_key
from deskstream_contracts.shown import shown_line
from deskstream_runtime.http.scopes import MEANINGS

keys = typer.Typer(no_args_is_help=True, help="The API keys of this stack.")

SCOPES_HELP = "; ".join(f"{scope}: {meaning}" for scope, meaning in MEANINGS.items())


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose it is, for people.")],
    *,
    scope: Annotated[
        list[str], typer.Option(help=f"What it allows; give it several times. {SCOPES_HELP}.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Make a key and print its secret, which is shown this once and kept nowhere.

    The secret alone goes to standard output. Services that run accept it at once.
    """
    folder = data_folder(data_dir)
    folder.create()
    key, secret = add_api_key(folder, name, scope)
    Console(stderr=True).print(
        f"Key {key.id} allows {', '.join(sorted(key.scopes))}. Its secret, shown this once:",
        highlight=False,
        soft_wrap=True,
    )
    typer.echo(secret)


@keys.command("list")
def list_keys(
    *,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show the keys in force; of their secrets nothing is known."""
    known = api_keys(data_folder(data_dir))
    if as_json:
        listed = [
            key.model_dump(mode="json", exclude={"sha256"}) | {"scopes": sorted(key.scopes)}
            for key in known
        ]
        print_json(listed)
        return
    if not known:
        typer.echo("none")
        return
    table = Table(box=None)
    table.add_column("id", no_wrap=True)
    table.add_column("name", overflow="fold")
    table.add_column("scopes", overflow="fold")
    table.add_column("made", no_wrap=True)
    for key in known:
        made = f"{key.created_at:%Y-%m-%d}" if key.created_at else ""
        table.add_row(key.id, escape(shown_line(key.name)), "\n".join(sorted(key.scopes)), made)
    Console().print(table, highlight=False)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `desk keys list` shows it.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Take a key out of force: services refuse it within two seconds, open connections too."""
    revoke_api_key(data_folder(data_dir), key_id)
    typer.echo(f"Key {key_id} is revoked.")
