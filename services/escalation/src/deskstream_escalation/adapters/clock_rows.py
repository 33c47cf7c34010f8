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

_OF_CLOCK = [each.name for each in fields(SlaClock) if each.name != "promise"]
_OF_PROMISE = [each.name for each in fields(Promise)]

# The columns are in the order of the fields.
_SAVE = """
insert into sla_clock (
    id, ticket_id, kind, policy, policy_version, priority, started_at, target, target_since,
    warn_after, promise_by, warned, breached, met_at, next_due_at, promise_due_at,
    promise_priority, promise_policy, promise_policy_version, promise_told_at, promise_event_id)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
    $8::interval[], $9::timestamptz[], $10::interval[], $11::timestamptz[], $12::bool[],
    $13::bool[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::text[],
    $18::text[], $19::text[], $20::timestamptz[], $21::uuid[])
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
    columns = dict(row)
    promise = {name: columns.pop(f"promise_{name}") for name in _OF_PROMISE}
    return SlaClock(**columns, promise=None if promise["due_at"] is None else Promise(**promise))


async def save(tx: Transaction, clocks: Sequence[SlaClock]) -> None:
    promises = [clock.promise for clock in clocks]
    await tx.execute(
        _SAVE,
        *([getattr(clock, name) for clock in clocks] for name in (*_OF_CLOCK, "next_due_at")),
        *([promise and getattr(promise, name) for promise in promises] for name in _OF_PROMISE),
    )
