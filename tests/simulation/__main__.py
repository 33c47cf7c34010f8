"""Runs schedules for as long as wanted: `PYTHONPATH=tests python -m simulation --seeds 100000`."""

import time

import click
from simulation.runs import run_seeds, simulated


@click.command(help=__doc__)
@click.option("--seeds", default=10_000, show_default=True, help="How many schedules to run.")
@click.option("--from", "first", default=0, show_default=True, help="The first seed.")
def main(seeds: int, first: int) -> None:
    """Ends with status 1 when a schedule fails."""
    started, worked = time.monotonic(), time.process_time()
    with simulated():
        results = run_seeds(range(first, first + seeds))
    took_s, worked_s = time.monotonic() - started, time.process_time() - worked
    for failure in results.failures:
        click.echo(failure)
    click.echo(f"met: {dict(sorted(results.met.items()))}")
    click.echo(f"fingerprint of the logs: {results.fingerprint}")
    click.echo(
        f"{results.number} schedules from seed {first} in {took_s:.1f} s, {worked_s:.1f} s of it "
        f"at work: {60 * results.number / took_s:,.0f} a minute, "
        f"{60 * results.number / worked_s:,.0f} a minute of work"
    )
    if results.failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
