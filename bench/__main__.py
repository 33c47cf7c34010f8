"""Measures the parts named on the command line, all of them when none is.

    python -m bench [pipeline] [accept] [projector] [loop] [codec] [--json FILE]

Each is measured beside its raw part, in turn, in one run: on a machine that does other work too,
trust the ratios, and of those the ones of processor time.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench import accept, codec, pipeline, projector, report, runtime_loop

_WIDTH = 132
_PIPELINE_S = 15.0
_ACCEPT_S = 5.0
_PROJECTOR_TICKETS = 3_200
_PROJECTOR_ROUNDS = 2
_LOOP_RECORDS = 40_000
_LOOP_ROUNDS = 3


def _pipeline(console: Console) -> Any:
    steps = asyncio.run(pipeline.measure(pipeline.RATES_PER_S, _PIPELINE_S))
    report.print_pipeline(console, steps)
    return [step.model_dump() for step in steps]


def _accept(console: Console) -> Any:
    measured = accept.measure(_ACCEPT_S)
    report.print_accept(console, measured)
    return measured.model_dump()


def _projector(console: Console) -> Any:
    measured = projector.measure(_PROJECTOR_TICKETS, _PROJECTOR_ROUNDS)
    report.print_projector(console, measured)
    return measured.model_dump()


def _loop(console: Console) -> Any:
    console.print("\n[bold]Loop[/]: records → decoded events, beside a bare client")
    return runtime_loop.compare(_LOOP_RECORDS, _LOOP_ROUNDS)


def _codec(console: Console) -> Any:
    console.print("\n[bold]Codec[/]: one event encoded or decoded")
    codec.main()


_PARTS: dict[str, Callable[[Console], Any]] = {
    "pipeline": _pipeline,
    "accept": _accept,
    "projector": _projector,
    "loop": _loop,
    "codec": _codec,
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(_PARTS)))
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False))
def main(*, parts: tuple[str, ...], json_file: Path | None) -> None:
    """Measures PARTS (all when none is named) and prints tables."""
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    console = Console(width=_WIDTH)
    report.print_machine(console)
    measured = {name: _PARTS[name](console) for name in parts or _PARTS}
    if json_file is not None:
        json_file.write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    main()
