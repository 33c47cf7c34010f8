"""The migration to roll-ups by the quarter hour: what was there comes to be counted alike."""

from datetime import UTC, datetime, timedelta

import pytest
from example_events import EXAMPLES, example_events
from histories import STEPS, history_of
from stored import Connection, project, tables
from ticket_history import START, TicketHistory, as_imported

from deskstream_projection.adapters.read_model_store import forget_minutes
from deskstream_projection.adapters.summary_queries import minutes_forgotten
from deskstream_projection.settings import Settings
from deskstream_runtime.postgres.connection import in_transaction
from deskstream_runtime.testing.migrations import forth_and_back
from deskstream_runtime.testing.settings import SettingsFactory


@pytest.fixture
def settings(service_settings: SettingsFactory) -> Settings:
    """A database of the test's own, which it may leave at another version."""
    return service_settings(Settings, "deskstream_projection")


def ways() -> tuple[str, str]:
    """Up and down."""
    return forth_and_back("deskstream_projection", since="20261129000500")


async def test_down_and_up_again_leaves_what_there_was(database: Connection) -> None:
    """Of every example of every event, and of tickets with events of all types and with a past."""
    up, down = ways()
    before_2000 = datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
    past = TicketHistory(7, channel="sms", created_at=before_2000)
    past.message("outbound")
    past.score(score=0.12345)
    past.resolve()
    await project(
        database,
        example_events(EXAMPLES),
        history_of(1, [*STEPS] * 2),
        as_imported(past.events, START),
    )
    before = await tables(database)
    async with database.transaction():
        await database.execute(down)
    async with database.transaction():
        await database.execute(up)
    assert await tables(database) == before
    assert await minutes_forgotten(database) is None


async def test_down_counts_hours(database: Connection) -> None:
    _, down = ways()
    for number in range(8):
        ticket = TicketHistory(number, created_at=START + timedelta(minutes=10 * number))
        await project(database, ticket.events)
    await database.execute(down)
    found = await database.fetch("select start, grain, count from roll_up order by start")
    hours = [(row["start"], row["count"]) for row in found if row["grain"] == "hour"]
    assert hours == [(START, 6), (START + timedelta(hours=1), 2)]
    assert {row["grain"] for row in found} == {"hour", "minute"}


async def test_minutes_that_were_forgotten_before_are_known_to_be_gone(
    database: Connection,
) -> None:
    """To the end of the last quarter hour that lacks one."""
    up, down = ways()
    for number in range(60):
        ticket = TicketHistory(number, created_at=START + timedelta(minutes=number))
        await project(database, ticket.events)
    await database.execute(down)
    await database.execute(
        "delete from roll_up where grain = 'minute' and start < $1", START + timedelta(minutes=20)
    )
    await database.execute(up)
    assert await minutes_forgotten(database) == START + timedelta(minutes=30)


async def test_what_was_forgotten_is_never_said_to_be_there_again(database: Connection) -> None:
    assert await minutes_forgotten(database) is None
    for day, until in ((3, 3), (2, 3), (5, 5)):
        async with in_transaction(database) as tx:
            await forget_minutes(tx, START.replace(day=day))
        assert await minutes_forgotten(database) == START.replace(day=until)
