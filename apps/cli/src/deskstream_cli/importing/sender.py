"""Sends rows as tickets, several at a time, and waits out whatever is away."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from deskstream_cli.importing.rows import TicketRow, WrongRow

REQUEST_TIMEOUT_S = 15.0
RETRY_WAIT_MAX_S = 5.0
SAVE_EVERY_ROWS = 200
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class ImportStopped(Exception):
    """The API cannot be used at all; the message says why. What was sent stays."""


class _TryAgain(Exception):
    """The API may take the row later."""


@dataclass
class ImportResult:
    """How an import went. `wrong` names each row not taken, by line."""

    created: int = 0
    known: int = 0
    skipped: int = 0
    wrong: list[WrongRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.created + self.known + self.skipped + len(self.wrong)


class Sender:
    """Sends rows with bounded concurrency; rows are settled out of order, remembered in order."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        concurrency: int,
        give_up_after_s: float,
        on_settled: Callable[[], None],
        remember: Callable[[int], None],
    ) -> None:
        self._client = client
        self._concurrency = concurrency
        self._give_up_after_s = give_up_after_s
        self._on_settled = on_settled
        self._remember = remember
        self.result = ImportResult()

    async def send(self, rows: Iterable[TicketRow | WrongRow], after_line: int) -> ImportResult:
        """Sends all rows past `after_line`. Raises `ImportStopped`; see `result` for how far."""
        in_flight: dict[int, asyncio.Task[None]] = {}
        settled = 0
        try:
            for row in rows:
                if row.line <= after_line:
                    self._settle_skipped()
                    continue
                if len(in_flight) >= self._concurrency:
                    await asyncio.wait(in_flight.values(), return_when=asyncio.FIRST_COMPLETED)
                    in_flight = _still_running(in_flight)
                in_flight[row.line] = asyncio.create_task(self._take(row))
                settled += 1
                if settled % SAVE_EVERY_ROWS == 0:
                    self._remember(min(in_flight) - 1)
            await asyncio.gather(*in_flight.values())
        except BaseException:
            self._remember(min(in_flight, default=after_line + 1) - 1)
            for task in in_flight.values():
                task.cancel()
            raise
        self.result.wrong.sort(key=lambda wrong: wrong.line)
        return self.result

    def _settle_skipped(self) -> None:
        self.result.skipped += 1
        self._on_settled()

    async def _take(self, row: TicketRow | WrongRow) -> None:
        if isinstance(row, WrongRow):
            self.result.wrong.append(row)
        else:
            await self._send(row)
        self._on_settled()

    async def _send(self, row: TicketRow) -> None:
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type((_TryAgain, httpx.TransportError)),
                wait=wait_random_exponential(multiplier=0.2, max=RETRY_WAIT_MAX_S),
                stop=stop_after_delay(self._give_up_after_s),
                reraise=True,
            ):
                with attempt:
                    self._note(row, await self._post(row))
        except httpx.TransportError as error:
            raise ImportStopped(
                f"The API does not answer ({type(error).__name__}). Is it up (`desk status`)? "
                "Run the same command again to go on."
            ) from error
        except _TryAgain as error:
            raise ImportStopped(f"{error} Run the same command again to go on.") from error

    async def _post(self, row: TicketRow) -> httpx.Response:
        response = await self._client.post("/v1/tickets", json=row.request)
        if response.status_code in _AGAIN:
            raise _TryAgain(f"The API refuses for now ({response.status_code}).")
        return response

    def _note(self, row: TicketRow, response: httpx.Response) -> None:
        match response.status_code:
            case 201:
                self.result.created += 1
            case 200:
                self.result.known += 1
            case 401 | 403:
                raise ImportStopped(f"The API key was refused ({response.status_code}).")
            case _:
                self.result.wrong.append(WrongRow(row.line, _reason(response)))


def _still_running(tasks: dict[int, asyncio.Task[None]]) -> dict[int, asyncio.Task[None]]:
    """Forgets finished tasks, and raises what one of them raised."""
    for task in tasks.values():
        if task.done():
            task.result()
    return {line: task for line, task in tasks.items() if not task.done()}


def _reason(response: httpx.Response) -> str:
    """The problem document's words, without the row's own text."""
    try:
        problem = response.json()
        errors = "; ".join(f"{e['pointer']}: {e['detail']}" for e in problem.get("errors", ()))
        return f"refused ({response.status_code}): {errors or problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"refused ({response.status_code})"
