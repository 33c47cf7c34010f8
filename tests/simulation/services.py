"""The three services of a simulation: their own handlers and domains, on tables in memory."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from simulation.memory import MemoryTransaction
from simulation.schedule import ServiceName
from simulation.tables import Tables

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.reply import ReplyApproved
from deskstream_contracts.events.sla import SlaBreached, SlaMet, SlaStarted, SlaWarned
from deskstream_contracts.events.ticket import (
    Priority,
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketTriaged,
    TicketUpdated,
)
from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.policies import Policies, SlaPolicy
from deskstream_escalation.domain.rule import RuleBook
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState
from deskstream_escalation.handlers.events import EventHandlers
from deskstream_escalation.handlers.schedules import ClockSchedule
from deskstream_ingest.adapters import applied_event_repository, ticket_repository
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.handlers.events import EventHandlers as IngestEventHandlers
from deskstream_projection.adapters.read_model_store import ReadModelStore
from deskstream_projection.domain.fold import ReadModelChanges
from deskstream_projection.domain.read_models.roll_up import roll_up
from deskstream_projection.domain.read_models.timeline import entry
from deskstream_projection.handlers.events import EventHandlers as ProjectionEventHandlers
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.postgres.connection import Transaction

Handle = Callable[[Transaction, Sequence[Event[Any]]], Awaitable[Effects]]

TimeOfLog = Callable[[Transaction], Awaitable[datetime | None]]

TICKET_EVENTS: tuple[type[EventData], ...] = (
    TicketCreated,
    TicketUpdated,
    TicketMessageAdded,
    TicketResolved,
    TicketReopened,
)
TICKET_TOPICS = tuple(data.event_type for data in TICKET_EVENTS)
READS: dict[ServiceName, tuple[type[EventData], ...]] = {
    "ingest": (TicketTriaged,),
    "escalation": (*TICKET_EVENTS, TicketTriaged),
    "projection": (
        *TICKET_EVENTS,
        TicketTriaged,
        ReplyApproved,
        SlaStarted,
        SlaWarned,
        SlaBreached,
        SlaMet,
    ),
}
"""The event types of a simulation that each service reads."""

_HOURS: dict[Priority, float] = {"urgent": 0.5, "high": 2, "normal": 8, "low": 24}
POLICY = SlaPolicy(
    name="standard",
    version="1",
    warn_at=0.8,
    targets={
        priority: {
            "first_response": timedelta(hours=hours),
            "next_response": timedelta(hours=2 * hours),
            "resolution": timedelta(hours=10 * hours),
        }
        for priority, hours in _HOURS.items()
    },
)
TRIAGE_WAIT = timedelta(seconds=30)
POLICIES = Policies(RuleBook("1", ()), POLICY, TRIAGE_WAIT)


def tables_of(tx: object) -> Tables:
    """The tables behind a transaction that the runtime takes for one of Postgres."""
    return cast(MemoryTransaction, tx).tables


class MemoryViews(ReadModelStore):
    """The read models in memory: registers by (table, row, register), the timeline, roll-ups."""

    def __init__(self) -> None:
        """No SQL to prepare."""

    async def write(self, tx: Transaction, changes: ReadModelChanges) -> None:
        own = tables_of(tx).own
        merge(own, changes)
        entries = map(entry, changes.events.values())
        new = [one for one in entries if ("timeline", one.event_id) not in own]
        own.update((("timeline", one.event_id), one) for one in new)
        for key, (count, total) in roll_up(new).items():
            counted, summed = own.get(("roll_up", key), (0, 0))
            own["roll_up", key] = (counted + count, summed + total)


def merge(own: dict[Any, Any], changes: ReadModelChanges) -> None:
    """Each register keeps what has the highest rank, as `LwwTable` does in SQL."""
    for table, rows in changes.rows.items():
        for ids, registers in rows.in_key_order():
            for register, (rank, values) in registers.items():
                place = (table, ids[0], register)
                if place not in own or rank > own[place][0]:
                    own[place] = (rank, values, ids)


async def load_tickets(
    tx: Transaction, ticket_ids: Collection[UUID], _draft_keys: object
) -> dict[UUID, TicketAggregate]:
    own = tables_of(tx).own
    return {
        ticket_id: own.get(ticket_id) or TicketAggregate(ticket_id)
        for ticket_id in sorted(ticket_ids)
    }


async def none_among(_tx: object, _event_ids: object) -> frozenset[UUID]:
    """Facts are kept when a database was set back; nothing sets ingest's back here."""
    return frozenset()


async def save_tickets(tx: Transaction, _before: object, after: Iterable[TicketAggregate]) -> None:
    own = tables_of(tx).own
    for aggregate in after:
        if aggregate.ticket is not None:
            own[aggregate.ticket_id] = aggregate


async def load_processes(tx: Transaction, ticket_ids: Iterable[UUID]) -> dict[UUID, TicketProcess]:
    own = tables_of(tx).own
    return {
        one: own.get(one) or TicketProcess(TicketState(one), {}) for one in sorted(set(ticket_ids))
    }


async def load_due_processes(
    tx: Transaction, now: datetime, limit: int
) -> dict[UUID, TicketProcess]:
    tables = tables_of(tx)
    parked = {row["subject"] for row in tables.parked.values()}
    due = [
        (at, ticket_id)
        for ticket_id, process in tables.own.items()
        for at in due_times(process)
        if at <= now and ticket_id not in parked
    ]
    return await load_processes(tx, (ticket_id for _, ticket_id in sorted(due)[:limit]))


def due_times(process: TicketProcess) -> list[datetime]:
    """When there is something to do for the ticket: for each clock, and for a gap in its course."""
    times = [clock.next_due_at for clock in process.clocks.values()]
    return [at for at in (*times, process.state.course.gap_closes_at) if at is not None]


async def save_processes(
    tx: Transaction, before: Mapping[UUID, TicketProcess], after: Mapping[UUID, TicketProcess]
) -> None:
    own = tables_of(tx).own
    own.update((key, process) for key, process in after.items() if process is not before[key])


TWINS: dict[tuple[Any, str], Any] = {
    (ticket_repository, "load_many"): load_tickets,
    (ticket_repository, "save"): save_tickets,
    (applied_event_repository, "among"): none_among,
    (process_repository, "load_many"): load_processes,
    (process_repository, "load_due"): load_due_processes,
    (process_repository, "save"): save_processes,
}
"""(module, function) to what does the same in memory."""


class _NeverSetBack:
    """Stands for `OwnLog` in a process that has compared, and found its database whole."""

    def require(self) -> None:
        """Nothing is missing."""


def handler_of(service: Literal["ingest", "escalation", "projection"], clock: Clock) -> Handle:
    """The service's own handler of the events in `READS`."""
    match service:
        case "escalation":
            return EventHandlers(POLICIES, clock).decide_on_events
        case "ingest":
            return IngestEventHandlers(clock, cast(OwnLog, _NeverSetBack())).apply_events
        case "projection":
            return ProjectionEventHandlers(MemoryViews(), _nobody_watches).project


def clock_schedule(log_time: TimeOfLog) -> ClockSchedule:
    """Escalation's schedule, with clocks at this time."""
    return ClockSchedule(POLICIES, log_time, clocks_max=500)


def _nobody_watches() -> None:
    """Called after each commit of projection."""
