"""Tickets' processes in Postgres, many with each statement.

Loading locks a ticket's row until the transaction ends, so decisions about one ticket are made one
after the other.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from deskstream_escalation.adapters import clock_rows
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState
from deskstream_runtime.postgres.connection import Transaction

Processes = dict[UUID, TicketProcess]

_STATE = TypeAdapter(TicketState)

_ADD_MISSING = """
insert into ticket_case (ticket_id, facts)
select ticket_id, jsonb_build_object('ticket_id', ticket_id)
from unnest($1::uuid[]) with ordinality as missing (ticket_id, position) order by position
on conflict (ticket_id) do nothing
"""

_LOCK = """
select ticket_id, facts from ticket_case where ticket_id = any($1::uuid[])
order by ticket_id for update
"""

# Indexes sla_clock_next_due, ticket_case_gap_closes and parked_record_subject. A ticket that
# another transaction works on is left for the next tick; a parked one waits, as its answer, or the
# missing version, may be among the parked records.
_LOCK_DUE = """
select ticket_id, facts from ticket_case
where ticket_id in (
    (select ticket_id from sla_clock
    where next_due_at <= $1
        and not exists (select from parked_record where subject = sla_clock.ticket_id)
    order by next_due_at limit $2)
    union all
    (select ticket_id from ticket_case as waiting
    where gap_closes_at <= $1
        and not exists (select from parked_record where subject = waiting.ticket_id)
    order by gap_closes_at limit $2)
)
order by ticket_id for update skip locked
"""

# Index sla_clock_ticket. Met next_response clocks are history: no event changes them, but a rebuild
# asks for them ($2).
_LIVE_CLOCKS = """
where ticket_id = any($1::uuid[])
    and (met_at is null or kind <> 'next_response' or id = any($2::uuid[]))
"""

_SAVE_STATES = """
update ticket_case set facts = new.facts, gap_closes_at = new.gap_closes_at
from unnest($1::uuid[], $2::jsonb[], $3::timestamptz[]) as new (ticket_id, facts, gap_closes_at)
where ticket_case.ticket_id = new.ticket_id
"""


async def load_many(
    tx: Transaction, ticket_ids: Iterable[UUID], ended_clocks: Iterable[UUID] = ()
) -> Processes:
    """The processes of these tickets, locked; a new ticket gets an empty one.

    Rows are locked in the order of their ids, so that two batches cannot wait for each other.
    `ended_clocks` are loaded too, though no event changes them any more.
    """
    wanted = sorted(set(ticket_ids))
    await tx.execute(_ADD_MISSING, wanted)
    return await _with_clocks(tx, await tx.fetch(_LOCK, wanted), ended_clocks)


async def load_due(tx: Transaction, now: datetime, limit: int) -> Processes:
    """The processes of tickets for which there is something to do by now, locked likewise.

    Those of up to `limit` clocks that are due, and of up to `limit` with a gap in their versions.
    """
    return await _with_clocks(tx, await tx.fetch(_LOCK_DUE, now, limit), ())


async def save(tx: Transaction, before: Mapping[UUID, TicketProcess], after: Processes) -> None:
    """Writes what differs from `before`."""
    states = [
        process.state for key, process in after.items() if process.state is not before[key].state
    ]
    if states:
        documents = [
            _STATE.dump_json(state, by_alias=True, exclude_defaults=True).decode()
            for state in states
        ]
        await tx.execute(
            _SAVE_STATES,
            [state.ticket_id for state in states],
            documents,
            [state.course.gap_closes_at for state in states],
        )
    clocks = [
        clock
        for key, process in after.items()
        for clock in process.clocks.values()
        if before[key].clocks.get(clock.id) is not clock
    ]
    if clocks:
        await clock_rows.save(tx, clocks)


async def _with_clocks(
    tx: Transaction, rows: "list[asyncpg.Record]", ended_clocks: Iterable[UUID]
) -> Processes:
    processes = {
        row["ticket_id"]: TicketProcess(_STATE.validate_json(row["facts"]), {}) for row in rows
    }
    if processes:
        live = clock_rows.SELECT + _LIVE_CLOCKS
        for row in await tx.fetch(live, list(processes), list(ended_clocks)):
            clock = clock_rows.clock_of(row)
            processes[clock.ticket_id].clocks[clock.id] = clock
    return processes
