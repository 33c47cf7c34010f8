"""Rows of `sla_clock`: how clocks are read from them and written to them."""

from collections.abc import Sequence
from dataclasses import fields

import asyncpg

from deskstream_escalation.domain.sla_clock import Promise, SlaClock
from deskstream_runtime.postgres.connection import Transaction

SELECT = """
select id, ticket_id, kind, policy, policy_version, priority, started_at, target, target_since,
       warn_after, promise_by, promise_due_at, promise_priority, promise_policy,
       promise_policy_version, promise_told_at as promise_announced_at, promise_event_id, warned,
       breached, met_at
from sla_clock
"""

_SAVE = """
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


def clock_of(row: "asyncpg.Record") -> SlaClock:
    """The clock in a row of `SELECT`."""
    columns = dict(row)
    promise = {field.name: columns.pop(f"promise_{field.name}") for field in fields(Promise)}
    return SlaClock(**columns, promise=None if promise["due_at"] is None else Promise(**promise))


async def save(tx: Transaction, clocks: Sequence[SlaClock]) -> None:
    """Writes the clocks, in one statement."""
    promises = [clock.promise for clock in clocks]
    await tx.execute(
        _SAVE,
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
        [promise and promise.announced_at for promise in promises],
        [promise and promise.event_id for promise in promises],
        [clock.warned for clock in clocks],
        [clock.breached for clock in clocks],
        [clock.met_at for clock in clocks],
        [clock.next_due_at for clock in clocks],
    )
