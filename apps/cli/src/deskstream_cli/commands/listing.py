"""JSON output of listings, for programs."""

import json
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2))
