"""Kinds of errors: transient (wait), rejected (dead letter), schema (halt), the rest (park)."""

import asyncio

import asyncpg
import redis.exceptions
from aiokafka.errors import KafkaError


class Rejected(Exception):
    """A handler will never take this event, however often it is tried: it goes to the dead letters.

    The message says why in words of our own, without a value from the event: it is kept and shown.
    """


class GivenUpByPerson(Rejected):
    """Somebody decided that a record is not to be handled. The message is the reason they gave."""


class Unavailable(Exception):
    """A part we depend on is away. What was asked may be asked again later."""


class LostPartition(Exception):
    """Another owner has moved a partition's position: this batch is not ours to handle any more."""


class Halt(Exception):
    """No record is to blame, or too many are: none is parked or dead-lettered, the consumer halts.

    It tries the first record again at intervals, and continues by itself once that one passes. The
    message is shown to people.
    """


class SchemaMismatch(Halt):
    """The code asks for a table, a column or a right that the database does not have."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            f"code and database do not fit together ({type(error).__name__}): no record can pass. "
            "None is parked; bring the database and this service to the same version"
        )


_TRANSIENT: tuple[type[BaseException], ...] = (
    Unavailable,
    asyncio.TimeoutError,
    OSError,
    KafkaError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.InvalidTransactionStateError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.TransactionRollbackError,
)

_NOT_TRANSIENT: tuple[type[BaseException], ...] = (
    # An InterfaceError by inheritance: the DSN or the settings are wrong; waiting fixes neither.
    asyncpg.exceptions.ClientConfigurationError,
    # A handler continued after a statement of its own had failed: a mistake that every try meets.
    asyncpg.exceptions.InFailedSQLTransactionError,
)


def is_transient(error: BaseException) -> bool:
    """Whether the same thing may succeed later: a server is away, busy, or two of us collided."""
    return (
        (isinstance(error, _TRANSIENT) or _is_of_lost_connection(error))
        and not isinstance(error, _NOT_TRANSIENT)
        and not disagrees_with_schema(error)
    )


def _is_of_lost_connection(error: BaseException) -> bool:
    """Whether Postgres had ended the connection, and asyncpg (0.32) had not taken notice yet.

    A server that goes away informs idle connections. Until the socket is seen to be closed too,
    they wait for more (state 2, PROTOCOL_ERROR_CONSUME), and the next use of one gets this.
    """
    if not isinstance(error, asyncpg.InternalClientError):
        return False
    message = str(error)
    return (
        "another operation (2) is in progress" in message
        or 'protocol is in the "failed" state' in message
        or message == "not connected"
    )


def disagrees_with_schema(error: BaseException) -> bool:
    """Whether a statement does not fit the database: then it fails whatever the record holds.

    SQLSTATE class 42 (an unknown table, column or function, a right that is missing), 26000 (an
    unknown prepared statement), or another number of arguments than the statement has placeholders.
    """
    if isinstance(error, asyncpg.InterfaceError):
        return "the server expects" in str(error)  # asyncpg has no type of its own for it
    return isinstance(error, asyncpg.SyntaxOrAccessError | asyncpg.InvalidSQLStatementNameError)


def cause_of(error: BaseException) -> str:
    """A short name of what went wrong, without a value from the record."""
    name = type(error).__name__
    return f"timeout ({name})" if is_transient(error) else name
