"""An import into a running stack, in the midst of which something goes wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from whole_stack import WholeStack, csv_of, output_of, running

from deskstream_contracts.events.ticket import TicketCreated
from deskstream_runtime.testing.waiting import eventually

IMPORT_TIMEOUT_S = 120
CUSTOMERS = 90
MOODS = (
    "Where is my card? I ordered it two weeks ago.",
    "This is horrible, I am furious, you stole my money and nobody answers!",
    "Thank you, the new app is wonderful and so easy to use.",
    "URGENT: my phone was stolen and someone is spending my money right now.",
    "How long does a transfer take?",
)


@asynccontextmanager
async def mid_import(
    stack: WholeStack, folder: Path, source: str, rows: int, under_way: int
) -> AsyncIterator[None]:
    """Begins an import, yields once so many tickets are in the log, and ends with the import."""
    file = csv_of(folder / f"{source}.csv", [_row(source, number) for number in range(rows)])
    async with running(stack.desk("import", str(file), "--source", source)) as importing:

        async def is_under_way() -> bool:
            return len(await tickets_of(stack, source)) >= under_way

        await eventually(is_under_way, within_s=60, what=f"{under_way} tickets")
        yield
        output = await output_of(importing, IMPORT_TIMEOUT_S)
    assert f"{rows} rows" in output


async def imported(stack: WholeStack, source: str, rows: int) -> set[UUID]:
    """The tickets of an import, one a row, with nothing on its way any more."""
    await stack.settled()
    tickets = await tickets_of(stack, source)
    assert len(tickets) == rows, "every row is a ticket in the log, once"
    return tickets


async def tickets_of(stack: WholeStack, source: str) -> set[UUID]:
    """The tickets in the log that were imported from this source."""
    return {
        event.subject
        for event in await stack.events("ticket.created")
        if isinstance(event.data, TicketCreated)
        and event.data.external is not None
        and event.data.external.source == source
    }


def _row(source: str, number: int) -> dict[str, str]:
    return {
        "id": f"{source}-{number}",
        "email": f"{source}.{number % CUSTOMERS}@example.com",
        "text": f"{MOODS[number % len(MOODS)]} ({source} {number})",
    }
