"""A service small enough to read at a glance, for trying the runtime on the real parts.

`python runtime_toy.py` runs it as a process of its own, for tests that kill it.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from deskstream_contracts import Cause, Event, follow
from deskstream_contracts.events.escalation import Deescalated, EscalationRequested
from deskstream_contracts.events.ticket import Actor
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import on
from deskstream_runtime.effects import Effects, Work
from deskstream_runtime.errors import Rejected
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.commands import Command, CommandContext, creation
from deskstream_runtime.http.idempotency import CommandResponse
from deskstream_runtime.ids import new_id
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.kafka import event_loop
from deskstream_runtime.observability.logs import configure_logs
from deskstream_runtime.observability.telemetry import install_tracing
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.service import Service
from deskstream_runtime.settings import ServiceSettings, settings_from_environment
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, WorkKind

TOPIC = "escalation.requested"
FOLLOWS = "deescalated"
DEAD = "escalation.dead-letter"

SCHEMA = """
create table handled (
    number bigint generated always as identity primary key,
    event_id uuid, subject uuid, reason text);
create table outcome (number bigint generated always as identity primary key, text text);
create table tick (number bigint generated always as identity primary key);
"""

_KEEP = """
insert into handled (event_id, subject, reason)
select * from unnest($1::uuid[], $2::uuid[], $3::text[])
"""
_WORK = "select pg_sleep($1)"


class Note(BaseModel):
    """The payload of the toy's work, and the body of its command."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=1_000)]


class Toy:
    """Writes a row for each event each time it handles it, so that handling twice would show.

    Breaks on the reasons in `broken_reasons`, takes too long over more than `events_max`, and
    lets the database work `works_s` on a reason, or keeps it waiting `thinks_s`, in seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.broken_reasons: set[str] = set()
        self.tries = 0
        self.events_max = 1_000_000
        self.works_s: dict[str, float] = {}
        self.thinks_s: dict[str, float] = {}
        self.entered = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.performing = asyncio.Event()
        self.work_gate = asyncio.Event()
        self.work_gate.set()

    async def keep(self, tx: Transaction, events: Sequence[Event[EscalationRequested]]) -> Effects:
        """Refuses, breaks or keeps; says of each kept event that it was seen."""
        self.entered.set()
        if len(events) > self.events_max:
            raise TimeoutError
        for event in events:
            if event.data.reason == "rejected":
                raise Rejected("the toy takes no such request")
            if event.data.reason in self.broken_reasons:
                self.tries += 1
                raise ValueError("the toy is broken")
        await tx.execute(
            _KEEP,
            [event.id for event in events],
            [event.subject for event in events],
            [event.data.reason for event in events],
        )
        await tx.execute(_WORK, sum(self.works_s.get(e.data.reason, 0.0) for e in events))
        await asyncio.sleep(sum(self.thinks_s.get(e.data.reason, 0.0) for e in events))
        await self.gate.wait()
        now = self.clock()
        return Effects(
            events=[
                follow(
                    Cause.of(event),
                    Deescalated(escalation_id=event.id, reason="toy", occurred_at=now),
                    time=now,
                )
                for event in events
            ]
        )

    async def perform(self, work: LeasedWork) -> str:
        """Shouts."""
        self.performing.set()
        await self.work_gate.wait()
        return Note.model_validate_json(work.payload).text.upper()

    async def finish(self, tx: Transaction, finished: Sequence[Finished[str]]) -> Effects:
        """Keeps what was shouted; the database works on it as long as on an event."""
        texts = [one.result for one in finished]
        await tx.execute(_WORK, sum(self.works_s.get(text, 0.0) for text in texts))
        await tx.execute("insert into outcome (text) select unnest($1::text[])", texts)
        return Effects()

    async def give_up(self, tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """Forgets it."""
        return Effects()

    async def tick(self, tx: Transaction) -> Effects:
        """Counts."""
        await tx.execute("insert into tick default values")
        return Effects()


def router(infrastructure: Infrastructure) -> APIRouter:
    """A command, a query, and ways to go wrong."""
    routes = APIRouter()

    @infrastructure.commands.route(routes, "POST", "/v1/notes", Note, status=201)
    def post_note(
        note: Note, context: Annotated[CommandContext, Depends(creation("tickets:write"))]
    ) -> Command[Work]:
        """Keeps a note."""

        async def handler(tx: Transaction) -> tuple[Effects, Work]:
            work = Work(new_id(), "note", uuid4(), note, infrastructure.clock())
            event = request_event(reason="note")
            await tx.execute("insert into outcome (text) values ($1)", note.text)
            return Effects(events=[event], work=[work]), work

        def respond(work: Work) -> CommandResponse:
            return CommandResponse(201, note, {"Location": f"/v1/notes/{work.id}"})

        return Command(context, handler, respond)

    @routes.get("/v1/notes")
    async def count_notes(
        principal: Annotated[Principal, Depends(Permission("tickets:read"))], like: str = "%"
    ) -> int:
        async with infrastructure.database.connection() as connection:
            sql = "select count(*) from outcome where text like $1"
            number: int = await connection.fetchval(sql, like)
            return number

    @routes.get("/v1/broken")
    async def broken(
        principal: Annotated[Principal, Depends(Permission("tickets:read"))],
    ) -> None:
        raise ValueError("secret-from-within")

    return routes


def toy_infrastructure(settings: ServiceSettings, clock: Clock = utc_now) -> Infrastructure:
    """The toy's, which needs no tables but the runtime's own."""
    return Infrastructure("escalation", settings, clock, packages=())


def build(settings: ServiceSettings, clock: Clock = utc_now) -> tuple[Service, Toy]:
    """The service, and the toy in it."""
    infrastructure = toy_infrastructure(settings, clock)
    toy = Toy(clock)
    kind = WorkKind("note", toy.perform, toy.finish, toy.give_up)
    service = Service(
        infrastructure,
        routes=[on(toy.keep, EscalationRequested)],
        work=[kind],
        scheduled_jobs=[ScheduledJob("tick", 0.2, toy.tick)],
        routers=[router(infrastructure)],
    )
    return service, toy


def request_event(subject: UUID | None = None, reason: str = "angry") -> Event[EscalationRequested]:
    """An event that the toy reads."""
    now = datetime.now(UTC)
    return Event(
        id=uuid4(),
        subject=subject or uuid4(),
        time=now,
        data=EscalationRequested(
            request_id=uuid4(), actor=Actor(kind="agent"), occurred_at=now, reason=reason
        ),
    )


async def serve() -> None:
    """Runs until stopped."""
    settings = settings_from_environment(ServiceSettings)
    configure_logs("escalation", settings.log_level, settings.log_format)
    install_tracing("escalation")
    await build(settings)[0].run()


if __name__ == "__main__":
    event_loop.run(serve())
