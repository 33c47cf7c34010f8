"""Events and work into their tables, in the transaction that decided them."""

import json
from collections.abc import Sequence
from typing import Any

from deskstream_contracts import Event, encode
from deskstream_contracts.record import Headers
from deskstream_runtime.effects import Work
from deskstream_runtime.observability.telemetry import current_traceparent
from deskstream_runtime.postgres.connection import Transaction

CHANNEL = "deskstream_outbox"
GAP = "gap"
"""The payload of a notification to the relay: the log seems to hold more than the database."""

_INSERT_RECORDS = """
insert into outbox (topic, partition, key, headers, value)
select * from unnest($1::text[], $2::int[], $3::bytea[], $4::text[], $5::bytea[])
"""

_INSERT_WORK = """
insert into work (id, kind, subject, payload, due_at, share)
select * from unnest(
    $1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::uuid[])
on conflict (id) do nothing
"""


async def store_events(tx: Transaction, events: Sequence[Event[Any]]) -> None:
    """Puts events in the outbox in the order given.

    A handler that decides on a ticket has locked its row before, so that rows of one ticket have
    their `seq` in the order their transactions commit.
    """
    if events:
        records = [encode(event) for event in traced(events)]
        await tx.execute(
            _INSERT_RECORDS,
            [record.topic for record in records],
            [record.partition for record in records],
            [record.key for record in records],
            [headers_to_text(record.headers) for record in records],
            [record.value for record in records],
        )


def unstored(event: Event[Any]) -> dict[str, Any]:
    """An event as a row of the outbox, for one that is sent without having waited there."""
    record = encode(event)
    return {"seq": 0, **record._asdict(), "headers": headers_to_text(record.headers)}


async def store_work(tx: Transaction, work: Sequence[Work]) -> None:
    """Puts work in the table; work whose id is there already is left as it is."""
    if work:
        await tx.execute(
            _INSERT_WORK,
            [item.id for item in work],
            [item.kind for item in work],
            [item.subject for item in work],
            [item.payload.model_dump_json(exclude_none=True) for item in work],
            [item.due_at for item in work],
            [item.share for item in work],
        )


def traced(events: Sequence[Event[Any]]) -> Sequence[Event[Any]]:
    """Events that carry no trace yet get that of the request they were decided in."""
    traceparent = current_traceparent()
    if traceparent is None:
        return events
    return [
        event if event.traceparent else event._replace(traceparent=traceparent) for event in events
    ]


def headers_to_text(headers: Headers) -> str:
    """How headers are kept in the outbox: ours are text, so JSON holds them."""
    return json.dumps([[name, value.decode()] for name, value in headers])


def headers_from_text(text: str) -> Headers:
    """The inverse of how headers are kept in the outbox."""
    return [(name, value.encode()) for name, value in json.loads(text)]
