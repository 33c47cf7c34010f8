"""Processes of their own: two share the work, and one that dies, freezes or stops loses nothing."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import Bench, MakeBench, running
from runtime_toy import FOLLOWS, request_event
from toy_process import toy_process

from deskstream_contracts import Event
from deskstream_localstack.ports import free_ports
from deskstream_localstack.testing import LocalStack, PartName
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


@asynccontextmanager
async def events_keep_coming(
    log: LogWriter, *, events_per_s: int = 200
) -> AsyncIterator[list[Event[Any]]]:
    """Writes events until the block ends; yields the list they are in."""
    written, ending = [], asyncio.Event()

    async def write() -> None:
        while not ending.is_set():
            batch = [request_event() for _ in range(10)]
            await log.write(*batch)
            written.extend(batch)
            await asyncio.sleep(10 / events_per_s)

    writing = asyncio.create_task(write())
    try:
        yield written
    finally:
        ending.set()
        await writing


async def handled_since(bench: Bench, number: int) -> bool:
    return len(await bench.handled()) > number


async def followed_once(bench: Bench, events: Sequence[Event[Any]]) -> None:
    """Each event is followed by one in the log; a crash may write it again, under the same id."""
    wanted = {event.id for event in events}

    async def all_followed() -> bool:
        return wanted <= {event.causation_id for event in await bench.events(FOLLOWS)}

    await eventually(all_followed, within_s=40)
    ids = {e.id: e.causation_id for e in await bench.events(FOLLOWS) if e.causation_id in wanted}
    assert len(ids) == len(wanted)


@pytest.mark.faults
async def test_two_share_the_work_and_one_is_killed_and_comes_back(
    bench: Bench, log: LogWriter, tmp_path: Path
) -> None:
    one, two, again = (tmp_path / name for name in ("one.log", "two.log", "again.log"))
    with (
        toy_process(bench.settings, one) as killed,
        toy_process(bench.settings, two) as other,
    ):
        await eventually(lambda: killed.ready and other.ready, within_s=40)
        async with events_keep_coming(log) as events:
            await eventually(lambda: handled_since(bench, 50), within_s=40)
            killed.kill()
            seen = len(await bench.handled())
            await eventually(lambda: handled_since(bench, seen + 50), within_s=40)
            with toy_process(bench.settings, again) as back:
                await eventually(lambda: back.ready, within_s=40)
                seen = len(await bench.handled())
                await eventually(lambda: handled_since(bench, seen + 50), within_s=40)
        await bench.handles(*events)
    async with running(bench):
        await bench.handles(*events)
        await followed_once(bench, events)


@pytest.mark.faults
async def test_one_that_freezes_longer_than_its_session_doubles_nothing(
    bench: Bench, log: LogWriter, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    with (
        toy_process(bench.settings, one) as frozen,
        toy_process(bench.settings, two) as other,
    ):
        await eventually(lambda: frozen.ready and other.ready, within_s=40)
        async with events_keep_coming(log) as events:
            await eventually(lambda: handled_since(bench, 50), within_s=40)
            frozen.send(signal.SIGSTOP)
            await asyncio.sleep(8)  # the fault itself: longer than the session, 6 s
            frozen.send(signal.SIGCONT)
            seen = len(await bench.handled())
            await eventually(lambda: handled_since(bench, seen + 100), within_s=40)
        await bench.handles(*events)
        await followed_once(bench, events)
        assert not frozen.ended()
        assert not other.ended()


async def test_told_to_stop_it_finishes_flushes_and_leaves_at_once(
    bench: Bench, log: LogWriter, tmp_path: Path
) -> None:
    with toy_process(bench.settings, tmp_path / "toy.log") as process:
        await eventually(lambda: process.ready, within_s=40)
        events = [request_event() for _ in range(200)]
        await log.write(*events)
        await eventually(lambda: handled_since(bench, 0), within_s=40)
        asked_at = time.monotonic()
        process.send(signal.SIGTERM)
        code = await asyncio.to_thread(process.exit_code)
        took_s = time.monotonic() - asked_at
    assert code == 0, process.log.read_text()
    assert "Traceback" not in process.log.read_text()
    assert await bench.value("select count(*) from outbox") == 0
    # It left the group: the next one gets the partitions at once, not after a session time-out.
    assert took_s < bench.settings.drain_timeout_s
    async with running(bench):
        await bench.handles(*events)
        await followed_once(bench, events)


async def health(port: int, path: str) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.get(f"/health/{path}")
        return answer.status_code, answer.json()


@pytest.mark.parametrize("away", ["kafka", "postgres"])
async def test_it_starts_while_a_server_is_away_and_waits(
    make_bench: MakeBench, parts: LocalStack, tmp_path: Path, away: PartName, log: LogWriter
) -> None:
    (port,) = free_ports(1)
    bench = await make_bench(http_port=port)
    server = parts.control(away)
    await asyncio.to_thread(server.kill)
    try:
        with toy_process(bench.settings, tmp_path / "toy.log") as process:

            async def waits() -> bool:
                with suppress(httpx.HTTPError):
                    live, _ = await health(port, "live")
                    ready, _ = await health(port, "ready")
                    working, body = await health(port, "working")
                    said = "consumer" if away == "kafka" else "database"
                    may_answer = 200 if away == "kafka" else 503
                    found = (live, ready, working)
                    return found == (200, may_answer, 503) and said in body["troubles"]
                return False

            await eventually(waits, within_s=40)
            await asyncio.to_thread(server.restart)

            async def works() -> bool:
                return [(await health(port, of))[0] for of in ("ready", "working")] == [200, 200]

            await eventually(works, within_s=60)
            process.send(signal.SIGTERM)
            assert await asyncio.to_thread(process.exit_code) == 0
    finally:
        await asyncio.to_thread(server.restart)


@pytest.mark.parametrize("away", ["kafka", "postgres"])
async def test_it_can_be_stopped_while_it_waits(
    make_bench: MakeBench, parts: LocalStack, tmp_path: Path, away: PartName
) -> None:
    (port,) = free_ports(1)
    bench = await make_bench(http_port=port)
    server = parts.control(away)
    await asyncio.to_thread(server.kill)
    try:
        with toy_process(bench.settings, tmp_path / "toy.log") as process:

            async def live() -> bool:
                with suppress(httpx.HTTPError):
                    return (await health(port, "live"))[0] == 200
                return False

            await eventually(live, within_s=40)
            process.send(signal.SIGTERM)
            code = await asyncio.to_thread(process.exit_code)
            assert code == 0, process.log.read_text()
    finally:
        await asyncio.to_thread(server.restart)
