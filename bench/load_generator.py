"""Offers tickets at a steady rate and watches them arrive, in a process of its own.

    python -m bench.load_generator --gateway URL --live-feed URL --key-file F --rate 9 --seconds 5

The rate is an open loop: a ticket is sent when it is due, however slow the answers are, and its
times count from when it was due. Prints `offering`, when that is over `offered`, and when all was
seen one JSON document (`Offered`).
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import click
import uvloop
from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.http_client import Connection, connections
from bench.latency import Latency, latency
from bench.tickets import bodies

OFFERING = "offering"
OFFERED = "offered"
_POST_CONNECTIONS = 64
_GET_CONNECTIONS = 16
_VIEW_SAMPLE = 10
_ANSWERS_WITHIN_S = 10.0
_CLOSE_S = 2.0


class Offered(BaseModel):
    """What was offered for `seconds`, and when it was seen where.

    `refused` counts answers other than 201 by status; `unanswered` got none 10 s after the end.
    `to_understood` is the time until a live client sees the ticket scored and triaged. `unseen` are
    tickets no live client saw in time. `refreshes` are messages "load the list anew": the feed was
    too far behind to report each change.
    """

    rate_per_s: float
    seconds: float
    accepted: int
    refused: dict[int, int]
    unanswered: int
    accepted_in_time: int
    to_answer: Latency | None
    to_view: Latency | None
    to_live_feed: Latency | None
    to_understood: Latency | None
    unseen: int
    not_understood: int
    refreshes: int


class LoadGenerator:
    """One run. Times are of one clock, as all that is timed happens in this process."""

    def __init__(self, rate_per_s: float, seconds: float) -> None:
        self._rate_per_s = rate_per_s
        self._seconds = seconds
        self._due: dict[str, float] = {}
        self._answer_s: list[float] = []
        self._view_s: list[float] = []
        self._fed: dict[str, float] = {}
        self._understood: dict[str, float] = {}
        self._progress = asyncio.Event()
        self._refused: Counter[int] = Counter()
        self._unanswered = 0
        self._in_time = 0
        self._refreshes = 0
        self._posts: asyncio.Queue[Connection] = asyncio.Queue()
        self._gets: asyncio.Queue[Connection] = asyncio.Queue()

    async def run(self, gateway: str, live_feed: str, key: str, linger_s: float) -> Offered:
        """Offers, then waits until all that was accepted was seen, at most `linger_s`."""
        async with (
            connections(gateway, key, _POST_CONNECTIONS) as posts,
            connections(gateway, key, _GET_CONNECTIONS) as gets,
            _live_feed(live_feed, key) as feed,
        ):
            for connection in posts:
                self._posts.put_nowait(connection)
            for connection in gets:
                self._gets.put_nowait(connection)
            watching = asyncio.create_task(self._watch(feed))
            print(OFFERING, flush=True)
            await self._offer()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_understood(), linger_s)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return self._result()

    async def _offer(self) -> None:
        body = bodies()
        start = time.perf_counter()
        end = start + self._seconds
        under_way: set[asyncio.Task[None]] = set()
        for number in range(round(self._seconds * self._rate_per_s)):
            due = start + number / self._rate_per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sampled = number % _VIEW_SAMPLE == 0
            task = asyncio.create_task(self._one(next(body), due, end, sampled=sampled))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        print(OFFERED, flush=True)
        if under_way:
            await self._answers_to(under_way)

    async def _answers_to(self, under_way: "set[asyncio.Task[None]]") -> None:
        """Waits for answers that are late, but not for ever."""
        done, late = await asyncio.wait(set(under_way), timeout=_ANSWERS_WITHIN_S)
        self._unanswered = len(late)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in done:
            task.result()

    async def _one(self, body: bytes, due: float, end: float, *, sampled: bool) -> None:
        connection = await self._posts.get()
        answer = await connection.post("/v1/tickets", body)
        self._posts.put_nowait(connection)
        now = time.perf_counter()
        if answer.status != 201:
            self._refused[answer.status] += 1
            return
        ticket_id = answer.json()["id"]
        self._due[ticket_id] = due
        self._answer_s.append(now - due)
        self._in_time += now <= end
        if sampled:
            await self._read(ticket_id, due)

    async def _read(self, ticket_id: str, due: float) -> None:
        connection = await self._gets.get()
        answer = await connection.get(f"/v1/tickets/{ticket_id}?min_version=1")
        self._gets.put_nowait(connection)
        if answer.status == 200:
            self._view_s.append(time.perf_counter() - due)

    async def _watch(self, feed: ClientConnection) -> None:
        try:
            async for text in feed:
                now = time.perf_counter()
                message = json.loads(text)
                if message["type"] == "ticket.changed":
                    ticket = message["ticket"]
                    self._fed.setdefault(ticket["id"], now)
                    if ticket["sentiment"] and ticket["triage"]:
                        self._understood.setdefault(ticket["id"], now)
                        self._progress.set()
                elif message["type"] == "refresh":
                    self._refreshes += 1
        except ConnectionClosed:
            return

    async def _all_understood(self) -> None:
        while self._due.keys() - self._understood.keys():
            await self._progress.wait()
            self._progress.clear()

    def _result(self) -> Offered:
        return Offered(
            rate_per_s=self._rate_per_s,
            seconds=self._seconds,
            accepted=len(self._due),
            refused=dict(self._refused),
            unanswered=self._unanswered,
            accepted_in_time=self._in_time,
            to_answer=latency(self._answer_s),
            to_view=latency(self._view_s),
            to_live_feed=latency(self._since_due(self._fed)),
            to_understood=latency(self._since_due(self._understood)),
            unseen=len(self._due.keys() - self._fed.keys()),
            not_understood=len(self._due.keys() - self._understood.keys()),
            refreshes=self._refreshes,
        )

    def _since_due(self, seen: dict[str, float]) -> list[float]:
        return [seen[ticket_id] - due for ticket_id, due in self._due.items() if ticket_id in seen]


@asynccontextmanager
async def _live_feed(url: str, key: str) -> AsyncIterator[ClientConnection]:
    headers = {"Authorization": f"Bearer {key}"}
    async with connect(
        url, additional_headers=headers, max_queue=None, compression=None, close_timeout=_CLOSE_S
    ) as feed:
        await feed.send(json.dumps({"type": "subscribe", "channel": "tickets"}))
        while json.loads(await feed.recv())["type"] != "subscribed":
            pass
        yield feed


@click.command()
@click.option("--gateway", required=True)
@click.option("--live-feed", required=True)
@click.option("--key-file", required=True, type=click.Path(path_type=Path))
@click.option("--rate", required=True, type=float, help="Tickets a second.")
@click.option("--seconds", required=True, type=float)
@click.option("--linger", "linger_s", default=20.0, show_default=True)
def main(
    *, gateway: str, live_feed: str, key_file: Path, rate: float, seconds: float, linger_s: float
) -> None:
    """Offers tickets and prints how they fared."""
    generator = LoadGenerator(rate, seconds)
    key = key_file.read_text().strip()
    offered = uvloop.run(generator.run(gateway, live_feed, key, linger_s))
    click.echo(offered.model_dump_json())


if __name__ == "__main__":
    main()
