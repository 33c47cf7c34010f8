"""The events that webhooks send: each stored once, for as long as it may be sent again."""

from collections.abc import Sequence
from datetime import datetime

from deskstream_contracts import Event, EventData
from deskstream_notify.domain.cloud_event import cloud_event
from deskstream_runtime.postgres.connection import Transaction

_INSERT = """
insert into webhook_event (id, revision, type, correlation_id, traceparent, body, stored_at)
select id, revision, type, correlation_id, traceparent, body, $7
from unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::text[], $6::text[])
    e(id, revision, type, correlation_id, traceparent, body)
on conflict (id, revision) do nothing
"""

# A higher revision blanks the personal data of earlier ones.
_ERASE = """
update webhook_event e set body = null
from unnest($1::uuid[], $2::int[]) r(id, revision)
where e.id = r.id and e.revision < r.revision and e.body is not null
"""

# An event that still waits to be sent keeps its body, however old it is.
_DELETE_OLD_BODIES = """
update webhook_event set body = null where (id, revision) in (
    select e.id, e.revision from webhook_event e
    where e.body is not null and e.stored_at < $1 and not exists (
        select from notification n
        where n.cause_id = e.id and n.cause_revision = e.revision
          and n.state in ('planned', 'sending'))
    order by e.stored_at limit $2)
"""

_DELETE_OLD = """
delete from webhook_event where (id, revision) in (
    select id, revision from webhook_event
    where stored_at < $1 and body is null order by stored_at limit $2)
"""


async def insert(tx: Transaction, events: Sequence[Event[EventData]], now: datetime) -> None:
    if events:
        await tx.execute(
            _INSERT,
            [event.id for event in events],
            [event.revision for event in events],
            [event.type for event in events],
            [event.correlation_id or event.id for event in events],
            [event.traceparent for event in events],
            [cloud_event(event) for event in events],
            now,
        )


async def erase(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
    """Deletes the bodies of earlier revisions of these events."""
    revised = {event.id: event.revision for event in events if event.revision > 1}
    if revised:
        await tx.execute(_ERASE, list(revised), list(revised.values()))


async def delete_old_bodies(tx: Transaction, before: datetime, rows_max: int) -> None:
    """Deletes the bodies of events stored before this moment, unless they wait to be sent."""
    await tx.execute(_DELETE_OLD_BODIES, before, rows_max)


async def delete_old(tx: Transaction, before: datetime, rows_max: int) -> None:
    """Deletes events stored before this moment."""
    await tx.execute(_DELETE_OLD, before, rows_max)
