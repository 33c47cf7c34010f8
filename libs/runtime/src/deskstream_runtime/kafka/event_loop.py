"""The loop of every process: uvloop, with Kafka clients that live through lost connections.

When a broker resets a connection, as one that is killed does, uvloop (0.23) closes the transport at
once, and until its reader is notified, some turns of the loop later, `write` raises a RuntimeError.
aiokafka (0.14) takes an OSError alone for a lost connection. So the error ended whichever of its
tasks wrote next, and none of them is ever started again: docs/decisions/0029.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

import aiokafka.client
import uvloop
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs it to its end on a new loop, and returns what it returns."""
    # aiokafka has no public way to connect otherwise.
    aiokafka.client.create_conn = _connected
    return uvloop.run(main)


# aiokafka has no types: to the checker its classes are Any, which none may inherit from.
class _Connection(AIOKafkaConnection):  # type: ignore[misc]
    """A connection to which a write that uvloop refuses is one to a lost connection."""

    def send(self, request: Any, expect_response: bool = True) -> Any:
        try:
            return super().send(request, expect_response)
        except KafkaError:
            raise
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)
            raise KafkaConnectionError(f"{self.host}:{self.port} was lost: {error}") from error


async def _connected(host: str, port: int, **options: Any) -> AIOKafkaConnection:
    connection = _Connection(host, port, **options)
    await connection.connect()
    return connection
