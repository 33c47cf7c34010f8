"""How an attempt begins: that a message is about to be sent is committed before it is sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from deskstream_notify.adapters import attempt_repository
from deskstream_notify.domain.message import Message
from deskstream_runtime.postgres.database import Database

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Attempt(Generic[M]):
    """The attempt with this number: which message is sent, under which id."""

    delivery_id: UUID
    message: M
    number: int


BeginAttempt: TypeAlias = Callable[[UUID, M, datetime], Awaitable[Attempt[M] | None]]
"""Commits that a notification's message is about to be sent; None if it must not be."""


def one_by_one(database: Database) -> BeginAttempt[M]:
    """Each message is sent by itself."""

    async def begin(notification_id: UUID, message: M, now: datetime) -> Attempt[M] | None:
        async with database.connection() as connection:
            number = await attempt_repository.begin(connection, notification_id, now)
        return None if number is None else Attempt(notification_id, message, number)

    return begin
