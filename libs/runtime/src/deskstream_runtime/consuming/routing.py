"""Which handler takes which events: one readable table a service."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from deskstream_contracts import Event, EventData
from deskstream_runtime.effects import Effects, merged
from deskstream_runtime.postgres.connection import Transaction

D = TypeVar("D", bound=EventData)

Handler = Callable[[Transaction, Sequence[Event[D]]], Awaitable[Effects]]
"""Takes the events of a batch that are of its types, in order, inside the batch's transaction.

The same event may come again, and events of different types in any order: a handler leaves the same
state whatever the order and however often. It commits nothing and calls nothing outside.
"""


@dataclass(frozen=True, slots=True)
class Route:
    handler: Handler[Any]
    event_types: tuple[type[EventData], ...]


def on(handler: Handler[D], *event_types: type[D]) -> Route:
    """A row of a service's table: these types go to this handler."""
    return Route(handler, event_types)


class Routes:
    """The table. Raises `ValueError` when a type has two handlers."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._handlers: dict[str, Handler[Any]] = {}
        for route in routes:
            for event_type in route.event_types:
                if event_type.event_type in self._handlers:
                    raise ValueError(f"{event_type.event_type} has two handlers, give it one")
                self._handlers[event_type.event_type] = route.handler

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics to read: one an event type."""
        return tuple(self._handlers)

    def grouped(self, events: Sequence[Event[Any]]) -> list[tuple[Handler[Any], list[Event[Any]]]]:
        """The events by handler; each handler's events stay in order."""
        groups: dict[Handler[Any], list[Event[Any]]] = {}
        for event in events:
            groups.setdefault(self._handlers[event.data.event_type], []).append(event)
        return list(groups.items())

    async def handle(self, tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        """Hands events to their handlers, in an open transaction."""
        return merged([await handler(tx, group) for handler, group in self.grouped(events)])
