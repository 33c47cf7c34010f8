"""JSON output of listings, for programs."""

import json
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def print_json(value: object) -> None:
    """Prints a value of mappings, lists, texts and numbers as JSON."""
    typer.echo(json.dumps(value, indent=2))
