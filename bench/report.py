"""Tables of what was measured."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil
from rich.console import Console
from rich.table import Table

from bench.accept import STEADY_PER_S, Accepting, Comparison
from bench.cost import Cost
from bench.latency import Latency
from bench.pipeline import DRAIN_MAX_S, Step
from bench.projector import Projecting, Speed


def print_machine(console: Console) -> None:
    """Where and when, and how busy the machine was already."""
    memory_gb = psutil.virtual_memory().total / 1e9
    console.print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {memory_gb:.0f} GB, "
        f"Python {platform.python_version()}, load before: {os.getloadavg()[0]:.1f}",
        highlight=False,
    )


# --- pipeline -------------------------------------------------------------------------------------


def print_pipeline(console: Console, steps: Sequence[Step]) -> None:
    """One table of what was offered and when it was seen, one of what each part used."""
    console.print(
        "\n[bold]Pipeline[/]: tickets through the gateway, times in ms from when each was due"
    )
    table = Table(box=None)
    for heading in (
        *("offered/s", "accepted", "kept up", "left at end", "drained in", "answer p50/p99"),
        *("view p50/p99", "live feed p50/p99", "understood p50/p99", "others' CPU"),
    ):
        table.add_column(heading, justify="right")
    for step in steps:
        offered = step.offered
        table.add_row(
            f"{offered.rate_per_s:.0f}",
            f"{offered.accepted_in_time / offered.seconds:.0f}/s",
            "yes" if step.kept_up else "[red]no[/]",
            str(step.left.total()),
            f"> {DRAIN_MAX_S:.0f} s" if step.drained_s is None else f"{step.drained_s:.1f} s",
            *(_pair(offered.to_answer), _pair(offered.to_view)),
            *(_pair(offered.to_live_feed), _pair(offered.to_understood)),
            f"{step.others_percent:.0f} %",
        )
    console.print(table)
    _print_refused(console, steps)
    _print_use(console, steps)


def _print_refused(console: Console, steps: Sequence[Step]) -> None:
    for step in steps:
        offered = step.offered
        if offered.refused or offered.unanswered or offered.unseen or offered.refreshes:
            console.print(
                f"at {offered.rate_per_s:.0f}/s: refused {offered.refused}, "
                f"{offered.unanswered} not answered, {offered.unseen} not "
                f"seen on the live feed in time, {offered.refreshes} times it said to load anew"
            )


def _print_use(console: Console, steps: Sequence[Step]) -> None:
    table = Table(
        box=None, title="CPU, % of one core (and ms a ticket); memory after the last step"
    )
    table.add_column("part")
    for step in steps:
        table.add_column(f"{step.offered.rate_per_s:.0f}/s", justify="right")
    table.add_column("MB", justify="right")
    for name in sorted({name for step in steps for name in step.parts}):
        shares = [_share(step, name) for step in steps]
        last = steps[-1].parts.get(name)
        memory = f"{last.memory_mb:.0f}" if last and last.memory_mb else ""
        table.add_row(name, *shares, memory)
    console.print(table)


def _share(step: Step, name: str) -> str:
    if name not in step.parts:
        return ""
    return f"{step.parts[name].cpu_percent:.0f} ({step.cost_ms.get(name, 0.0):.2f})"


# --- accept, projector ----------------------------------------------------------------------------


def print_accept(console: Console, measured: Comparison) -> None:
    """Each round of each server, and the ratios."""
    console.print("\n[bold]Accept[/]: POST /v1/tickets, beside a bare handler committing two rows")
    table = Table(box=None)
    for heading in (
        *("", "tickets/s", "p50/p99 ms", f"p50/p99 ms at {STEADY_PER_S}/s"),
        *("server µs", "database µs", "refused"),
    ):
        table.add_column(heading, justify="right")
    for bare, ingest in zip(measured.bare, measured.ingest, strict=True):
        for name, one in (("bare", bare), ("ingest", ingest)):
            table.add_row(name, *_accepting(one))
    console.print(table)
    _print_ratios(console, measured.ratio, measured.cost_ratio)


def _accepting(one: Accepting) -> tuple[str, ...]:
    return (
        f"{one.per_s:.0f}",
        _pair(one.flat_out),
        _pair(one.steady),
        *_cost(one.cost),
        str(one.refused),
    )


def print_projector(console: Console, measured: Projecting) -> None:
    """Each round of each way to write the same rows, and the ratios."""
    console.print(f"\n[bold]Projector[/]: {measured.events} events of the whole mix")
    table = Table(box=None)
    for heading in ("", "events/s", "process µs", "database µs"):
        table.add_column(heading, justify="right")
    rounds = zip(measured.plain_upsert, measured.projector, measured.same_sql, strict=True)
    for plain, ours, same in rounds:
        table.add_row("plain upserts, no Kafka", *_speed(plain))
        table.add_row("projector", *_speed(ours))
        table.add_row("its statements, no Kafka", *_speed(same))
    console.print(table)
    _print_ratios(console, measured.ratio, measured.cost_ratio)


def _speed(one: Speed) -> tuple[str, ...]:
    return (f"{one.per_s:.0f}", *_cost(one.cost))


def _cost(cost: Cost) -> tuple[str, str]:
    return f"{cost.server_us:.0f}", f"{cost.database_us:.0f}"


def _print_ratios(console: Console, ratio: float, cost_ratio: float) -> None:
    console.print(
        f"ratio {ratio:.2f} of the raw part's speed; {cost_ratio:.2f} by processor time "
        "(goal: 0.5 or more)",
        highlight=False,
    )


def _pair(measured: Latency | None) -> str:
    return f"{measured.p50_ms:.1f} / {measured.p99_ms:.1f}" if measured else "none"
