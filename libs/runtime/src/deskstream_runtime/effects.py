"""The effects of a transaction besides state: events for the log and work for the pool."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from deskstream_contracts import Event


@dataclass(frozen=True, slots=True)
class Work:
    """Something slow to do later, outside any transaction. The same `id` twice is one piece.

    `share`: the recipient, where the pool of its kind shares its slots out.
    """

    id: UUID
    kind: str
    subject: UUID
    payload: BaseModel
    due_at: datetime
    share: UUID | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """What a handler asks for. Stored in its transaction; `on_commit` runs after it."""

    events: Sequence[Event[Any]] = field(default=())
    work: Sequence[Work] = field(default=())
    on_commit: Callable[[], None] | None = None


NO_EFFECTS = Effects()


def merged(effects: Sequence[Effects]) -> Effects:
    """All of them as one; `on_commit` calls run in the order given."""
    calls = [one.on_commit for one in effects if one.on_commit is not None]

    def call_all() -> None:
        for call in calls:
            call()

    return Effects(
        events=[event for one in effects for event in one.events],
        work=[item for one in effects for item in one.work],
        on_commit=call_all if calls else None,
    )
