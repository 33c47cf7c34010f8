"""A caller of the API who can also look into the database and hand over facts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx

from deskstream_contracts import Event, EventData
from deskstream_ingest.domain.commands import ExternalEvent
from deskstream_ingest.handlers.events import EventHandlers
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.app import RunningApp
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.tables import outbox_events, rows

NEW_TICKET = {
    "subject": "Where is my order?",
    "body": "It should have come on Monday.",
    "customer": {"email": "anna@example.com", "name": "Anna"},
}


class Desk:
    def __init__(self, app: RunningApp, clock: ManualClock) -> None:
        assert app.service.own_log is not None
        self.http = app.http
        self.infrastructure = app.infrastructure
        self.clock = clock
        self.own_log = app.service.own_log
        self.facts = EventHandlers(clock, self.own_log)

    async def create(self, **fields: Any) -> dict[str, Any]:
        answer = await self.http.post("/v1/tickets", json=NEW_TICKET | fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def post(
        self, ticket_id: str, what: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(f"/v1/tickets/{ticket_id}/{what}", json=body, headers=names)

    async def patch(self, ticket_id: str, body: Any, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.patch(f"/v1/tickets/{ticket_id}", json=body, headers=names)

    async def take(self, events: Sequence[Event[ExternalEvent]]) -> list[Event[Any]]:
        """Hands facts over as one batch; returns what follows."""

        async def act(tx: Transaction) -> tuple[Effects, list[Event[Any]]]:
            effects = await self.facts.apply_events(tx, events)
            return effects, list(effects.events)

        return await self.infrastructure.unit_of_work.run(act)

    async def outbox(self) -> list[Event[EventData]]:
        """All events stored so far, in order."""
        return await outbox_events(self.infrastructure)

    async def rows(self, table: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await rows(self.infrastructure, f"select * from {table}")]


def fact(
    ticket_id: str | UUID, data: ExternalEvent, clock: ManualClock, event_id: UUID
) -> Event[ExternalEvent]:
    """A fact as it comes from the log."""
    return Event(id=event_id, subject=UUID(str(ticket_id)), time=clock(), data=data)
