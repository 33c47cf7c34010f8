"""A group of commands that loads the one that runs: the others cost no time."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_group


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where in `commands` it is, as `module:name`, and the line that the group's help shows.

    What the name stands for is a function with Typer's annotations, or a `typer.Typer` of its own.
    """

    place: str
    summary: str

    def load(self, name: str) -> Any:
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(f"deskstream_cli.commands.{module}"), attribute)
        parent = typer.Typer(add_completion=False)
        parent.callback()(_no_options_of_its_own)
        if isinstance(found, typer.Typer):
            parent.add_typer(found, name=name)
        else:
            parent.command(name)(found)
        return get_group(parent).commands[name]


class LazyGroup(TyperGroup):
    """Shows the summaries of its table, and loads a command when it is to run or be completed."""

    table: ClassVar[Mapping[str, LazyCommand]] = {}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The name, the loaded command, and the arguments left for it."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and self.table[name].load(name), rest


def lazy_app(commands: Mapping[str, LazyCommand], **settings: Any) -> typer.Typer:
    """An application of these commands; `settings` are those of `typer.Typer`."""
    group = type("Commands", (LazyGroup,), {"table": commands})
    app = typer.Typer(cls=group, **settings)
    app.callback()(_no_options_of_its_own)
    for name, command in commands.items():
        app.command(name, help=command.summary)(_is_loaded_first)
    return app


def _no_options_of_its_own() -> None:
    pass


def _is_loaded_first() -> None:
    raise AssertionError("resolve_command puts the loaded command in this one's place")
