"""Sends rows as tickets, several at a time, and retries while the API is away."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from deskstream_cli.importing.answers import ApiDiffers, kept_despite_address, refusal_of
from deskstream_cli.importing.plan import PlannedTicket
from deskstream_cli.importing.remarks import WrongRow

REQUEST_TIMEOUT_S = 15.0
RETRY_WAIT_MAX_S = 5.0
SAVE_EVERY_ROWS = 200
WRONG_KEPT_MAX = 20
_WINDOW_FACTOR = 4
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class ImportStopped(Exception):
    """The API cannot be used at all; the message says why. What was sent stays."""


class _TryAgain(Exception):
    """The API may take the row later."""


@dataclass
class ImportResult:
    """The result of an import. `wrong` has the first rejected rows, `wrong_count` counts all."""

    created: int = 0
    known: int = 0
    skipped: int = 0
    wrong_count: int = 0
    wrong: list[WrongRow] = field(default_factory=list)
    changed: int = 0
    open_zones: int = 0
    open_countries: int = 0
    html: int = 0

    @property
    def rows(self) -> int:
        return self.created + self.known + self.skipped + self.wrong_count

    def add_wrong(self, row: WrongRow) -> None:
        """Counts a row that was not taken; the first few are kept to be shown."""
        self.wrong_count += 1
        if len(self.wrong) < WRONG_KEPT_MAX:
            self.wrong.append(row)

    def add_earlier(self, rows: Iterable[WrongRow]) -> None:
        """Counts rows that an earlier run did not take; they were skipped as done."""
        for row in rows:
            self.skipped -= 1
            self.add_wrong(row)

    def add_remarked(self, row: PlannedTicket) -> None:
        """Counts what is remarked about a row that was taken."""
        self.changed += bool(row.remarks)
        self.open_zones += row.open_zones
        self.open_countries += row.open_countries
        self.html += row.html


@dataclass(frozen=True, slots=True)
class _Taken:
    """A row as it was sent: 201 for a new ticket, 200 for one that was there."""

    status: int
    row: PlannedTicket


_Waiting = tuple[PlannedTicket | WrongRow, "asyncio.Task[_Taken | WrongRow] | None"]

RowDone = Callable[[PlannedTicket | WrongRow], None]
"""Called for every row in the file's order, once it is accepted or reported as wrong."""


class TicketSender:
    """Sends rows with bounded concurrency, and finishes them in the order of the file."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        address: str = "/v1/tickets",
        concurrency: int,
        give_up_after_s: float,
        on_done: RowDone,
        remember: Callable[[int], None],
    ) -> None:
        self._client = client
        self._address = address
        self._at_once = asyncio.Semaphore(concurrency)
        self._window = concurrency * _WINDOW_FACTOR
        self._give_up_after_s = give_up_after_s
        self._on_done = on_done
        self._remember = remember
        self._done_line = 0
        self.result = ImportResult()

    async def send(self, rows: Iterable[PlannedTicket | WrongRow], after_line: int) -> ImportResult:
        """Sends all rows past `after_line`. Raises `ImportStopped`; see `result` for how far."""
        waiting: deque[_Waiting] = deque()
        self._done_line = after_line
        done = 0
        try:
            for row in rows:
                if row.line <= after_line:
                    self.result.skipped += 1
                    if isinstance(row, PlannedTicket):
                        self.result.add_remarked(row)
                    continue
                waiting.append((row, self._started(row)))
                if len(waiting) >= self._window:
                    await self._finish(*waiting[0])
                    waiting.popleft()
                    done += 1
                    if done % SAVE_EVERY_ROWS == 0:
                        self._remember(self._done_line)
            while waiting:
                await self._finish(*waiting[0])
                waiting.popleft()
        except BaseException:
            self._remember(self._done_line)
            tasks = [task for _, task in waiting if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        return self.result

    def _started(self, row: PlannedTicket | WrongRow) -> "asyncio.Task[_Taken | WrongRow] | None":
        return asyncio.create_task(self._send(row)) if isinstance(row, PlannedTicket) else None

    async def _finish(
        self, row: PlannedTicket | WrongRow, task: "asyncio.Task[_Taken | WrongRow] | None"
    ) -> None:
        answer = row if task is None else await task
        if isinstance(answer, WrongRow):
            self.result.add_wrong(answer)
            self._on_done(answer)
        elif isinstance(answer, _Taken):
            self.result.created += answer.status == 201
            self.result.known += answer.status == 200
            self.result.add_remarked(answer.row)
            self._on_done(answer.row)
        self._done_line = row.line

    async def _send(self, row: PlannedTicket) -> "_Taken | WrongRow":
        async with self._at_once:
            try:
                async for attempt in AsyncRetrying(
                    retry=retry_if_exception_type((_TryAgain, httpx.TransportError)),
                    wait=wait_random_exponential(multiplier=0.2, max=RETRY_WAIT_MAX_S),
                    stop=stop_after_delay(self._give_up_after_s),
                    reraise=True,
                ):
                    with attempt:
                        return await self._deliver(row)
            except httpx.TransportError as error:
                raise ImportStopped(
                    f"The API does not answer ({type(error).__name__}). Is it up (`desk status`)? "
                    "Run the same command again to resume."
                ) from error
            except _TryAgain as error:
                raise ImportStopped(f"{error} Run the same command again to resume.") from error
            except ApiDiffers as error:
                raise ImportStopped(str(error)) from error
        raise AssertionError("tenacity either returns or raises")

    async def _post(self, row: PlannedTicket) -> httpx.Response:
        response = await self._client.post(self._address, json=row.request)
        if response.status_code in _AGAIN:
            raise _TryAgain(f"The API refuses for now ({response.status_code}).")
        return response

    async def _deliver(self, row: PlannedTicket) -> "_Taken | WrongRow":
        """Sends a row; where only its address is refused, once more with the address marked."""
        response = await self._post(row)
        kept = kept_despite_address(row, response)
        if kept is not None:
            again = await self._post(kept)
            if again.status_code != 422:
                row, response = kept, again
        if response.status_code in {200, 201}:
            return _Taken(response.status_code, row)
        return refusal_of(row, response)
