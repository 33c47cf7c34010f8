"""Tickets and drafts in Postgres. Loading locks a ticket's row until the transaction ends.

Every decision about a ticket loads it here first, so decisions about one ticket are made one after
the other, and its outbox rows are in the order of its versions.
"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.draft import Draft
from deskstream_ingest.domain.ticket import Ticket
from deskstream_runtime.postgres.connection import Transaction

# Locking in the order of ids keeps two batches from waiting for each other.
_LOCK_TICKETS = "select state from ticket where id = any($1::uuid[]) order by id for update"

_SELECT_DRAFTS = """
select ticket_id, state from draft
where (ticket_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))
"""

_INSERT_TICKET = "insert into ticket (id, state) values ($1, $2) on conflict (id) do nothing"

_UPDATE_TICKETS = """
update ticket set state = changed.state
from unnest($1::uuid[], $2::json[]) changed (id, state) where ticket.id = changed.id
"""

_UPSERT_TICKETS = """
insert into ticket (id, state) select * from unnest($1::uuid[], $2::json[])
on conflict (id) do update set state = excluded.state
"""

_UPSERT_DRAFTS = """
insert into draft (ticket_id, id, state)
select * from unnest($1::uuid[], $2::uuid[], $3::json[])
on conflict (ticket_id, id) do update set state = excluded.state
"""

DraftKey = tuple[UUID, UUID]
"""(ticket id, draft id)"""


async def load(tx: Transaction, ticket_id: UUID, draft_id: UUID | None = None) -> TicketAggregate:
    """One ticket, locked, with one of its drafts if asked for."""
    drafts = [(ticket_id, draft_id)] if draft_id else []
    return (await load_many(tx, [ticket_id], drafts))[ticket_id]


async def load_many(
    tx: Transaction, ticket_ids: Collection[UUID], draft_keys: Collection[DraftKey]
) -> dict[UUID, TicketAggregate]:
    """An aggregate for each id, locked; its `ticket` is None where there is no such ticket."""
    rows = await tx.fetch(_LOCK_TICKETS, ticket_ids)
    tickets = [Ticket.model_validate_json(row["state"]) for row in rows]
    known = {ticket.id: ticket for ticket in tickets}
    drafts: dict[UUID, dict[UUID, Draft]] = {ticket_id: {} for ticket_id in ticket_ids}
    if draft_keys:
        rows = await tx.fetch(_SELECT_DRAFTS, *zip(*draft_keys, strict=True))
        for row in rows:
            draft = Draft.model_validate_json(row["state"])
            drafts[row["ticket_id"]][draft.id] = draft
    return {
        ticket_id: TicketAggregate(ticket_id, known.get(ticket_id), drafts[ticket_id])
        for ticket_id in ticket_ids
    }


async def insert(tx: Transaction, ticket: Ticket) -> bool:
    """Stores a new ticket; False when one with its id is there already, perhaps just now."""
    return await tx.execute(_INSERT_TICKET, ticket.id, ticket.model_dump_json()) == "INSERT 0 1"


async def save(
    tx: Transaction, before: Mapping[UUID, TicketAggregate], after: Iterable[TicketAggregate]
) -> None:
    """Stores what differs from `before`, as it was loaded, in one statement a table."""
    await _store(tx, before, after, _UPDATE_TICKETS)


async def restore(
    tx: Transaction, before: Mapping[UUID, TicketAggregate], after: Iterable[TicketAggregate]
) -> None:
    """The same, where a ticket may have been lost as a whole."""
    await _store(tx, before, after, _UPSERT_TICKETS)


async def _store(
    tx: Transaction,
    before: Mapping[UUID, TicketAggregate],
    after: Iterable[TicketAggregate],
    store_tickets: str,
) -> None:
    tickets: list[Ticket] = []
    drafts: list[tuple[UUID, Draft]] = []
    for aggregate in after:
        known = before[aggregate.ticket_id]
        if aggregate.ticket is not None and aggregate.ticket is not known.ticket:
            tickets.append(aggregate.ticket)
        drafts += [
            (aggregate.ticket_id, draft)
            for draft in aggregate.drafts.values()
            if draft is not known.drafts.get(draft.id)
        ]
    if tickets:
        states = [ticket.model_dump_json() for ticket in tickets]
        await tx.execute(store_tickets, [ticket.id for ticket in tickets], states)
    if drafts:
        await tx.execute(
            _UPSERT_DRAFTS,
            [ticket_id for ticket_id, _ in drafts],
            [draft.id for _, draft in drafts],
            [draft.model_dump_json() for _, draft in drafts],
        )
