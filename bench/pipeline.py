"""The whole pipeline under a steady rate of tickets: does it keep up, and how late is what."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

import httpx
from pydantic import BaseModel

from bench.backlog import Backlog, BacklogGauge, backlog_gauge
from bench.load_generator import OFFERED, OFFERING, Offered
from bench.processes import Reading, Use
from bench.stack import Stack, StackFailed, own_stack
from deskstream_cli.demo.prepare import publish_articles
from deskstream_cli.stack.data_folder import repository_root

RATES_PER_S = (50, 100, 200, 300)
_WARM_UP_PER_S = 50
_WARM_UP_S = 8.0
DRAIN_MAX_S = 20.0
_LINE_TIMEOUT_S = 90.0
_ACCEPTED_SHARE = 0.98
_GO_ON_SHARE = 0.5
_DRAINED_WITHIN_S = 2.0
_LOOK_EVERY_S = 0.25
_GENERATOR = "load generator"


class Step(BaseModel):
    """One rate. Backlogs are of the middle and the end of the offering.

    `drained_s` is how long the rest took then; nothing when it was not done after 20 s.
    `cost_ms` is processor time a ticket, from the start until all was done, by part.
    `others_percent` is what everything outside stack and load generator used of one core.
    """

    offered: Offered
    kept_up: bool
    half_way: Backlog
    left: Backlog
    drained_s: float | None
    parts: dict[str, Use]
    cost_ms: dict[str, float]
    others_percent: float


async def measure(rates_per_s: Sequence[float], seconds: float) -> list[Step]:
    """Starts a stack, warms it up, and offers each rate for `seconds`, letting it drain between.

    Ends with the first rate of which less than half is accepted: a higher one says nothing more.
    """
    with own_stack() as stack:
        await _publish_articles(stack)
        async with backlog_gauge(stack) as gauge:
            warm_up = await _step(stack, gauge, _WARM_UP_PER_S, _WARM_UP_S)
            if not warm_up.offered.accepted:
                raise StackFailed(f"no ticket was accepted, answers were {warm_up.offered.refused}")
            steps: list[Step] = []
            for rate in rates_per_s:
                steps.append(await _step(stack, gauge, rate, seconds))
                if _accepted_share(steps[-1].offered) < _GO_ON_SHARE:
                    break
            return steps


async def _publish_articles(stack: Stack) -> None:
    headers = {"Authorization": f"Bearer {stack.folder.api_key.read_text().strip()}"}
    async with httpx.AsyncClient(base_url=stack.gateway, headers=headers, timeout=20) as client:
        await publish_articles(client, repository_root() / "demo" / "articles")


async def _step(stack: Stack, gauge: BacklogGauge, rate_per_s: float, seconds: float) -> Step:
    generator = await _start_generator(stack, rate_per_s, seconds)
    try:
        await _line(generator, OFFERING)
        reading = Reading(stack.pids() | {_GENERATOR: generator.pid})
        await asyncio.sleep(seconds / 2)
        half_way = await gauge.look()
        await _line(generator, OFFERED)
        parts, machine_percent = reading.used(), reading.machine_percent()
        left = await gauge.look()
        drained_s = await _drained_s(gauge)
        until_drained = reading.cpu_s()
        offered = Offered.model_validate_json(await _line(generator))
    finally:
        if generator.returncode is None:
            generator.kill()
        await generator.wait()
    stack_percent = sum(use.cpu_percent for name, use in parts.items() if " for " not in name)
    return Step(
        offered=offered,
        kept_up=_kept_up(offered, drained_s),
        half_way=half_way,
        left=left,
        drained_s=drained_s,
        parts=parts,
        cost_ms={
            name: cpu_s * 1000 / max(offered.accepted, 1) for name, cpu_s in until_drained.items()
        },
        others_percent=machine_percent - stack_percent,
    )


def _kept_up(offered: Offered, drained_s: float | None) -> bool:
    """Accepted as offered, and at the end no more was left than is always on its way."""
    return (
        _accepted_share(offered) >= _ACCEPTED_SHARE
        and drained_s is not None
        and drained_s <= _DRAINED_WITHIN_S
    )


def _accepted_share(offered: Offered) -> float:
    return offered.accepted_in_time / (offered.rate_per_s * offered.seconds)


async def _drained_s(gauge: BacklogGauge) -> float | None:
    """How long until nothing was on its way."""
    started = time.perf_counter()
    while time.perf_counter() - started < DRAIN_MAX_S:
        if (await gauge.look()).total() == 0:
            return time.perf_counter() - started
        await asyncio.sleep(_LOOK_EVERY_S)
    return None


async def _start_generator(stack: Stack, rate_per_s: float, seconds: float) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load_generator"),
        *("--gateway", stack.gateway),
        *("--live-feed", stack.live_feed),
        *("--key-file", str(stack.folder.api_key)),
        *("--rate", str(rate_per_s)),
        *("--seconds", str(seconds)),
        stdout=PIPE,
        cwd=repository_root(),
    )


async def _line(generator: Process, expected: str | None = None) -> str:
    """The next line the generator prints; with `expected`, that very line."""
    assert generator.stdout is not None
    text = (await asyncio.wait_for(generator.stdout.readline(), _LINE_TIMEOUT_S)).decode().strip()
    if not text or (expected is not None and text != expected):
        raise StackFailed(f"the load generator said {text!r}, expected {expected or 'a result'!r}")
    return text
