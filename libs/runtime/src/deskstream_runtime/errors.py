"""Three words for trouble: transient (wait and retry), rejected (never retry), the rest (park)."""

import asyncio

import asyncpg
import redis.exceptions
from aiokafka.errors import KafkaError


class Rejected(Exception):
    """A handler will never take this event, however often it is tried: it goes to the dead letters.

    The message says why in words of our own, without a value from the event: it is kept and shown.
    """


class Unavailable(Exception):
    """A part we depend on is away. What was asked may be asked again later."""


class LostPartition(Exception):
    """Another owner has moved a partition's position: this batch is not ours to handle any more."""


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
    # An InterfaceError by inheritance: the DSN or the settings are wrong; waiting mends neither.
    asyncpg.exceptions.ClientConfigurationError,
    # A handler went on after a statement of its own had failed: a mistake in it, met at every try.
    asyncpg.exceptions.InFailedSQLTransactionError,
)


def is_transient(error: BaseException) -> bool:
    """Whether the same thing may succeed later: a server is away, or two of us collided."""
    return isinstance(error, _TRANSIENT) and not isinstance(error, _NOT_TRANSIENT)
