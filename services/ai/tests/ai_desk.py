"""ai under the control of a test: events are handled and work is performed by a call."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.domain.model import Model
from deskstream_ai.handlers.events import EventHandlers
from deskstream_ai.handlers.workers.analyze_message import AnalysisWorker
from deskstream_ai.handlers.workers.analyze_past_message import PastAnalysisWorker
from deskstream_ai.handlers.workers.draft_reply import DraftWorker
from deskstream_ai.handlers.workers.drafter import Drafter
from deskstream_contracts import Event, EventData
from deskstream_contracts.events.reply import ReplyRequested
from deskstream_contracts.events.ticket import (
    Actor,
    Customer,
    TicketCreated,
    TicketMessageAdded,
    TicketSnapshot,
)
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.app import RunningApp
from deskstream_runtime.testing.tables import outbox_events, rows
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork

START = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)
LONG_AGO = datetime(2019, 5, 1, 10, 0, tzinfo=UTC)


class AiDesk:
    """The service's HTTP edge, its handlers and its tables."""

    def __init__(self, app: RunningApp, model: Model) -> None:
        self.http = app.http
        self.infrastructure = app.infrastructure
        self.use(model)

    def use(self, model: Model) -> None:
        """Replaces the model."""
        queries = BatchQueries(self.infrastructure.database)
        clock = self.infrastructure.clock
        drafter = Drafter(model, queries, self.infrastructure.database, 0.4)
        events = EventHandlers(clock)
        self._handlers: dict[str, Any] = {
            "ticket.created": events.ticket_created,
            "ticket.message_added": events.message_added,
            "ticket.updated": events.ticket_updated,
            "customer.enriched": events.customer_enriched,
            "reply.requested": events.reply_requested,
            "reply.approved": events.draft_decided,
            "reply.rejected": events.draft_decided,
        }
        self.workers: dict[str, Any] = {
            "understand": AnalysisWorker(model, queries, drafter, clock),
            "analyse": PastAnalysisWorker(model, queries, clock),
            "draft": DraftWorker(drafter, clock),
        }

    async def handle(self, *events: Event[Any]) -> None:
        """Handles the events as one batch, in one transaction."""
        batches: dict[str, list[Event[Any]]] = {}
        for event in events:
            batches.setdefault(event.data.event_type, []).append(event)

        async def act(tx: Transaction) -> Effects:
            work: list[Any] = []
            for event_type, batch in batches.items():
                work += (await self._handlers[event_type](tx, batch)).work
            return Effects(work=work)

        await self.infrastructure.unit_of_work.run(act)

    async def perform_work(self) -> list[Exception]:
        """Performs all waiting work concurrently; returns the errors."""
        leased = [leased_row(row) for row in await self.rows("work")]
        outcomes = await asyncio.gather(
            *(self.workers[work.kind].perform(work) for work in leased), return_exceptions=True
        )
        errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        for work, outcome in zip(leased, outcomes, strict=True):
            if not isinstance(outcome, BaseException):
                await self.store(work, Finished(work, outcome))
        return errors

    async def give_up(self, error: Exception) -> None:
        """Gives up all waiting work after this error."""
        for row in await self.rows("work"):
            await self.store(leased_row(row), GivenUp(leased_row(row), error))

    async def store(self, work: LeasedWork, outcome: "Finished[Any] | GivenUp") -> None:
        """Stores the outcome of work and removes its row."""
        worker = self.workers[work.kind]

        async def act(tx: Transaction) -> Effects:
            await tx.execute("delete from work where id = $1", work.id)
            if isinstance(outcome, GivenUp):
                effects: Effects = await worker.give_up(tx, [outcome])
            else:
                effects = await worker.finish(tx, [outcome])
            return effects

        await self.infrastructure.unit_of_work.run(act)

    async def outbox(self) -> list[Event[EventData]]:
        """All events stored so far, in order."""
        return await outbox_events(self.infrastructure)

    async def rows(self, table: str) -> list[dict[str, Any]]:
        query = f"select * from {table} t order by t"
        return [dict(row) for row in await rows(self.infrastructure, query)]

    async def publish_article(self, **content: Any) -> dict[str, Any]:
        answer = await self.http.post("/v1/articles", json=content)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def leased_row(row: dict[str, Any]) -> LeasedWork:
    until = START + timedelta(days=1)
    return LeasedWork(
        row["id"], row["kind"], row["subject"], row["payload"], row["attempts"] + 1, uuid4(), until
    )


def snapshot(version: int = 1) -> TicketSnapshot:
    return TicketSnapshot(
        version=version,
        status="open",
        priority="normal",
        channel="rest",
        customer_id=UUID(int=7),
        created_at=START,
        updated_at=START,
    )


def ticket_created(
    body: str = "Where is my refund?",
    subject: str = "Refund",
    *,
    ticket_id: UUID | None = None,
    name: str | None = "Maya Lopez",
    language: str | None = None,
) -> Event[TicketCreated]:
    data = TicketCreated(
        ticket=snapshot(),
        message_id=uuid4(),
        subject=subject,
        body=body,
        customer=Customer(id=UUID(int=7), name=name),
        actor=Actor(kind="customer"),
        occurred_at=START,
        language=language,
    )
    return Event(id=uuid4(), subject=ticket_id or uuid4(), time=START, data=data, sequence=1)


def message_added(
    ticket_id: UUID, body: str, *, kind: Any = "inbound", version: int = 2
) -> Event[TicketMessageAdded]:
    data = TicketMessageAdded(
        ticket=snapshot(version),
        message_id=uuid4(),
        kind=kind,
        actor=Actor(kind="customer" if kind == "inbound" else "agent"),
        body=body,
        channel="rest",
        occurred_at=START + timedelta(minutes=version),
    )
    return Event(id=uuid4(), subject=ticket_id, time=START, data=data, sequence=version)


def imported(event: Event[Any], *, analyse: bool = False) -> Event[Any]:
    """The event as one of a ticket that is imported from another system, years later."""
    past = {"imported": True, "analyse": analyse, "occurred_at": LONG_AGO}
    return event._replace(data=event.data.model_copy(update=past))


def reply_requested(ticket_id: UUID, **changes: Any) -> Event[ReplyRequested]:
    data = ReplyRequested(
        request_id=uuid4(), actor=Actor(kind="agent", id="anna"), occurred_at=START, **changes
    )
    return Event(id=uuid4(), subject=ticket_id, time=START, data=data)


def types(events: Sequence[Event[Any]]) -> list[str]:
    return [event.type for event in events]
