"""Cases and clocks in Postgres: many tickets with each statement."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from deskstream_escalation.domain.decide import TicketProcess
from deskstream_escalation.domain.sla_clock import Promise, SlaClock
from deskstream_escalation.domain.ticket_state import TicketState
from deskstream_runtime.postgres.connection import Connection, Transaction

Processes = dict[UUID, TicketProcess]

_STATE = TypeAdapter(TicketState)

_ADD_MISSING = """
insert into ticket_case (ticket_id, facts)
select ticket_id, jsonb_build_object('ticket_id', ticket_id)
from unnest($1::uuid[]) with ordinality as missing (ticket_id, place) order by place
on conflict (ticket_id) do nothing
"""

_LOCK = """
select ticket_id, facts from ticket_case where ticket_id = any($1::uuid[])
order by ticket_id for update
"""

# Indexes sla_clock_next_due, ticket_case_gap_closes and parked_record_subject. A ticket that
# another transaction works on is left for the next tick; one that is parked waits, as its answer,
# or the version that is missing, may be what is set aside.
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

# Index sla_clock_ticket. Answered next_response clocks are history: nothing can happen to them, but
# when it is made again they are wanted ($2).
_LIVE_CLOCKS = """
select id, ticket_id, kind, policy, policy_version, priority, started_at, target, target_since,
       warn_after, promise_by, promise_due_at, promise_priority, promise_policy,
       promise_policy_version, promise_told_at, promise_event_id, warned, breached, met_at
from sla_clock
where ticket_id = any($1::uuid[])
    and (met_at is null or kind <> 'next_response' or id = any($2::uuid[]))
"""

# Index sla_clock_ticket.
_CLOCKS_OF_TICKET = """
select id, ticket_id, kind, policy, policy_version, priority, started_at, target, target_since,
       warn_after, promise_by, promise_due_at, promise_priority, promise_policy,
       promise_policy_version, promise_told_at, promise_event_id, warned, breached, met_at
from sla_clock where ticket_id = $1 order by started_at desc, kind limit $2
"""

_STORE_STATES = """
update ticket_case set facts = new.facts, gap_closes_at = new.gap_closes_at
from unnest($1::uuid[], $2::jsonb[], $3::timestamptz[]) as new (ticket_id, facts, gap_closes_at)
where ticket_case.ticket_id = new.ticket_id
"""

_STORE_CLOCKS = """
insert into sla_clock (
    id, ticket_id, kind, policy, policy_version, priority, started_at, target, target_since,
    warn_after, promise_by, promise_due_at, promise_priority, promise_policy,
    promise_policy_version, promise_told_at, promise_event_id, warned, breached, met_at,
    next_due_at)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
    $8::interval[], $9::timestamptz[], $10::interval[], $11::timestamptz[], $12::timestamptz[],
    $13::text[], $14::text[], $15::text[], $16::timestamptz[], $17::uuid[], $18::bool[],
    $19::bool[], $20::timestamptz[], $21::timestamptz[])
on conflict (id) do update set
    policy = excluded.policy, policy_version = excluded.policy_version,
    priority = excluded.priority, target = excluded.target, target_since = excluded.target_since,
    warn_after = excluded.warn_after, promise_due_at = excluded.promise_due_at,
    promise_priority = excluded.promise_priority, promise_policy = excluded.promise_policy,
    promise_policy_version = excluded.promise_policy_version,
    promise_told_at = excluded.promise_told_at, promise_event_id = excluded.promise_event_id,
    warned = excluded.warned, breached = excluded.breached, met_at = excluded.met_at,
    next_due_at = excluded.next_due_at
"""


async def lock(
    tx: Transaction, ticket_ids: Iterable[UUID], ended_clocks: Iterable[UUID] = ()
) -> Processes:
    """The states of these tickets, locked until the transaction ends; new tickets get an empty one.

    Rows are taken in the order of their ids, so that two batches cannot wait for each other.
    `ended_clocks` come too, though nothing can happen to them any more.
    """
    wanted = sorted(set(ticket_ids))
    await tx.execute(_ADD_MISSING, wanted)
    return await _with_clocks(tx, await tx.fetch(_LOCK, wanted), ended_clocks)


async def lock_due(tx: Transaction, now: datetime, limit: int) -> Processes:
    """The states of tickets for which there is something to do by now, locked likewise.

    Those of up to `limit` clocks that are due, and of up to `limit` with a gap in what was read.
    """
    return await _with_clocks(tx, await tx.fetch(_LOCK_DUE, now, limit), ())


async def store(tx: Transaction, before: Mapping[UUID, TicketProcess], after: Processes) -> None:
    """Writes what differs from `before`."""
    changed = [
        process.state for key, process in after.items() if process.state is not before[key].state
    ]
    if changed:
        documents = [
            _STATE.dump_json(state, by_alias=True, exclude_defaults=True).decode()
            for state in changed
        ]
        await tx.execute(
            _STORE_STATES,
            [state.ticket_id for state in changed],
            documents,
            [state.course.gap_closes_at for state in changed],
        )
    clocks = [
        clock
        for key, process in after.items()
        for clock in process.clocks.values()
        if before[key].clocks.get(clock.id) is not clock
    ]
    if clocks:
        await _store_clocks(tx, clocks)


async def clocks_of(connection: Connection, ticket_id: UUID, limit: int) -> list[SlaClock]:
    """A ticket's clocks, the latest first."""
    return [_clock(row) for row in await connection.fetch(_CLOCKS_OF_TICKET, ticket_id, limit)]


async def _with_clocks(
    tx: Transaction, rows: "list[asyncpg.Record]", ended_clocks: Iterable[UUID]
) -> Processes:
    processes = {
        row["ticket_id"]: TicketProcess(_STATE.validate_json(row["facts"]), {}) for row in rows
    }
    if processes:
        for row in await tx.fetch(_LIVE_CLOCKS, list(processes), list(ended_clocks)):
            processes[row["ticket_id"]].clocks[row["id"]] = _clock(row)
    return processes


def _clock(row: "asyncpg.Record") -> SlaClock:
    columns = dict(row)
    told = {field.name: columns.pop(f"promise_{field.name}") for field in fields(Promise)}
    return SlaClock(**columns, promise=None if told["due_at"] is None else Promise(**told))


async def _store_clocks(tx: Transaction, clocks: list[SlaClock]) -> None:
    promises = [clock.promise for clock in clocks]
    await tx.execute(
        _STORE_CLOCKS,
        [clock.id for clock in clocks],
        [clock.ticket_id for clock in clocks],
        [clock.kind for clock in clocks],
        [clock.policy for clock in clocks],
        [clock.policy_version for clock in clocks],
        [clock.priority for clock in clocks],
        [clock.started_at for clock in clocks],
        [clock.target for clock in clocks],
        [clock.target_since for clock in clocks],
        [clock.warn_after for clock in clocks],
        [clock.promise_by for clock in clocks],
        [promise and promise.due_at for promise in promises],
        [promise and promise.priority for promise in promises],
        [promise and promise.policy for promise in promises],
        [promise and promise.policy_version for promise in promises],
        [promise and promise.told_at for promise in promises],
        [promise and promise.event_id for promise in promises],
        [clock.warned for clock in clocks],
        [clock.breached for clock in clocks],
        [clock.met_at for clock in clocks],
        [clock.next_due_at for clock in clocks],
    )
