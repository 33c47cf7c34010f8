"""The fold in real Postgres: the tables are the same in whatever order the events come."""

import asyncio
from typing import Any

import asyncpg
import pytest
from histories import STEPS, deliveries, histories, history_of
from hypothesis import HealthCheck, given
from hypothesis import settings as limited
from hypothesis import strategies as st
from stored import TABLES, Connection, project, tables
from ticket_history import START, TicketHistory

from deskstream_contracts import Event
from deskstream_projection.adapters.columns import columns
from deskstream_projection.adapters.lww_table import table_columns
from deskstream_projection.adapters.read_model_store import forget_minutes
from deskstream_projection.domain.fold import READ_MODELS
from deskstream_projection.domain.read_models.ticket import NewestDraft
from deskstream_projection.settings import Settings
from deskstream_runtime.postgres.connection import in_transaction


async def tables_after(connection: Connection, *batches: list[Event[Any]]) -> Any:
    """What the tables hold after the batches; leaves them as they were."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await project(connection, *batches)
        return await tables(connection)
    finally:
        await transaction.rollback()


def test_any_delivery_leaves_the_same_tables(settings: Settings) -> None:
    """One loop and one connection for all examples: a database for each would take minutes."""
    with asyncio.Runner() as runner:
        dsn = settings.postgres.dsn.get_secret_value()
        connection = runner.run(asyncpg.connect(dsn))

        @limited(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(data=st.data(), events=histories())
        def check(data: st.DataObject, events: list[Event[Any]]) -> None:
            delivered = runner.run(tables_after(connection, *data.draw(deliveries(events))))
            assert delivered == runner.run(tables_after(connection, events))

        check()
        runner.run(connection.close())


async def test_every_event_type_is_stored(database: Connection) -> None:
    events = history_of(1, [*STEPS])
    await project(database, events)
    stored = await tables(database)
    assert all(stored[table] for table in TABLES)
    assert len(stored["timeline"]) == len({event.id for event in events})


async def test_an_event_is_counted_once_however_often_it_comes(database: Connection) -> None:
    ticket = TicketHistory(1)
    ticket.score()
    erased = TicketHistory(1)
    erased.score()
    await project(database, ticket.events, ticket.events * 2, erased.erase())
    counts = await database.fetch("select grain, count from roll_up order by 1")
    assert {(row["grain"], row["count"]) for row in counts} == {("minute", 1), ("quarter_hour", 1)}


async def test_two_writers_of_one_ticket_lose_nothing(
    database: Connection, settings: Settings
) -> None:
    events = history_of(1, [*STEPS] * 3)
    other = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    halves = [events[::2][i : i + 3] for i in range(0, len(events), 3)]
    others = [events[1::2][i : i + 3] for i in range(0, len(events), 3)]
    await asyncio.gather(project(database, *halves), project(other, *others))
    together = await tables(database)
    await other.close()
    await database.execute(f"truncate {', '.join(TABLES)}")
    await project(database, events)
    assert together == await tables(database)


async def test_old_minutes_are_forgotten_and_quarter_hours_kept(database: Connection) -> None:
    await project(database, history_of(1, ["score"]))
    async with in_transaction(database) as tx:
        await forget_minutes(tx, START.replace(hour=0))
    assert await database.fetchval("select count(*) from roll_up where grain = 'minute'") == 2
    async with in_transaction(database) as tx:
        await forget_minutes(tx, START.replace(day=3))
    assert await database.fetchval("select count(*) from roll_up where grain = 'minute'") == 0
    assert await database.fetchval("select count(*) from roll_up where grain = 'quarter_hour'") == 2


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.table)
async def test_the_tables_are_as_the_read_models_say(database: Connection, model: Any) -> None:
    stored = await database.fetch(
        """
        select attname, format_type(atttypid, atttypmod) as kind from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and attgenerated = '' and not attisdropped
        """,
        model.table,
    )
    declared = table_columns(model)
    if model.table == "ticket":
        declared |= columns(NewestDraft)
    assert {row["attname"]: row["kind"] for row in stored} == declared
