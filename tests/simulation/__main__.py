"""Runs schedules for as long as wanted: `PYTHONPATH=tests python -m simulation --seeds 100000`."""

import time

import click
from simulation.side_by_side import run_side_by_side, usable_cores


@click.command(help=__doc__)
@click.option("--seeds", default=10_000, show_default=True, help="How many schedules to run.")
@click.option("--from", "first", default=0, show_default=True, help="The first seed.")
@click.option("--processes", type=int, default=usable_cores, show_default="one a core")
def main(seeds: int, first: int, processes: int) -> None:
    """Ends with status 1 when a schedule fails."""
    started = time.monotonic()
    results = run_side_by_side(range(first, first + seeds), processes=processes)
    took_s = time.monotonic() - started
    for failure in results.failures:
        click.echo(failure)
    click.echo(f"met: {dict(sorted(results.met.items()))}")
    click.echo(f"fingerprint of the logs: {results.fingerprint}")
    click.echo(
        f"{results.number} schedules from seed {first} in {took_s:.1f} s by {processes} processes: "
        f"{60 * results.number / took_s:,.0f} a minute, "
        f"{60 * results.number / results.worked_s:,.0f} a minute of a core's work"
    )
    if results.failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
