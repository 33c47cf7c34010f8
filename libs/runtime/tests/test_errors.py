"""Which errors mean: wait and try again."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
import redis.exceptions
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, NotLeaderForPartitionError
from asyncpg import exceptions as postgres
from hypothesis import given
from hypothesis import strategies as st

from deskstream_runtime.backoff import Backoff, backoff_s
from deskstream_runtime.errors import (
    LostPartition,
    Rejected,
    Unavailable,
    disagrees_with_schema,
    is_transient,
)

TRANSIENT = [
    Unavailable("away"),
    TimeoutError(),
    TimeoutError(),
    ConnectionRefusedError(),
    ConnectionResetError(),
    BrokenPipeError(),
    OSError(113, "No route to host"),
    KafkaConnectionError(),
    KafkaTimeoutError(),
    NotLeaderForPartitionError(),
    redis.exceptions.ConnectionError(),
    redis.exceptions.TimeoutError(),
    redis.exceptions.BusyLoadingError(),
    asyncpg.InterfaceError("connection is closed"),
    postgres.ConnectionDoesNotExistError(),
    postgres.CannotConnectNowError(),
    postgres.AdminShutdownError(),
    postgres.CrashShutdownError(),
    postgres.QueryCanceledError(),
    postgres.IdleInTransactionSessionTimeoutError(),
    postgres.IdleSessionTimeoutError(),
    postgres.ReadOnlySQLTransactionError(),
    postgres.TooManyConnectionsError(),
    postgres.DiskFullError(),
    postgres.DeadlockDetectedError(),
    postgres.SerializationError(),
    postgres.LockNotAvailableError(),
]

NOT_TRANSIENT = [
    Rejected("never"),
    LostPartition("another has it"),
    ValueError(),
    KeyError("x"),
    AssertionError(),
    postgres.UniqueViolationError(),
    postgres.ForeignKeyViolationError(),
    postgres.CheckViolationError(),
    postgres.DataError("invalid input for query argument $1"),
    postgres.CharacterNotInRepertoireError(),
    postgres.UndefinedTableError(),
    postgres.PostgresSyntaxError(),
    postgres.InFailedSQLTransactionError(),
    postgres.InvalidPasswordError(),
    postgres.InvalidCatalogNameError(),
    postgres.ClientConfigurationError("no such option"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_is_transient(error: BaseException) -> None:
    assert is_transient(error)


@pytest.mark.parametrize("error", NOT_TRANSIENT, ids=lambda error: type(error).__name__)
def test_is_not_transient(error: BaseException) -> None:
    assert not is_transient(error)


@pytest.mark.parametrize(
    "statement",
    ["select no_such_column from work", "select * from no_such_table", "select no_such_function()"],
)
async def test_a_statement_that_does_not_fit_the_database_never_passes(
    new_database: Callable[..., str], statement: str
) -> None:
    await _does_not_fit(new_database(), statement)


@pytest.mark.parametrize("arguments", [(), (1, 2)])
async def test_another_number_of_arguments_never_passes(
    new_database: Callable[..., str], arguments: Any
) -> None:
    await _does_not_fit(new_database(), "select $1::int", *arguments)


async def test_a_right_that_is_missing_never_passes(new_database: Callable[..., str]) -> None:
    await _does_not_fit(new_database(), "set role pg_monitor; delete from work")


async def _does_not_fit(dsn: str, statement: str, *arguments: Any) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as raised:
            await connection.execute(statement, *arguments)
    finally:
        await connection.close()
    assert disagrees_with_schema(raised.value)
    assert not is_transient(raised.value)


@pytest.mark.parametrize("error", [*TRANSIENT, Rejected("never"), ValueError()], ids=repr)
def test_other_errors_say_nothing_of_the_schema(error: BaseException) -> None:
    assert not disagrees_with_schema(error)


@given(st.integers(1, 10_000), st.floats(0.01, 5.0), st.floats(5.0, 600.0))
def test_backoff_stays_in_its_bounds(attempt: int, first_s: float, max_s: float) -> None:
    assert 0 < backoff_s(attempt, first_s, max_s) <= max_s


def test_backoff_grows_and_is_never_the_same_for_all() -> None:
    assert min(backoff_s(5, 1.0, 300.0) for _ in range(20)) >= 16.0
    assert len({backoff_s(1, 1.0, 300.0) for _ in range(20)}) > 1


def test_backoff_begins_anew_after_a_success() -> None:
    backoff = Backoff(first_s=1.0, max_s=60.0)
    for _ in range(6):
        backoff.next_s()
    assert backoff.next_s() >= 32.0
    backoff.reset()
    assert backoff.next_s() <= 2.0
