"""Tickets brought up to what the log has of them, when the database was set back in time."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog

from deskstream_contracts import Event
from deskstream_ingest.adapters import applied_event_repository, ticket_repository
from deskstream_ingest.domain.repair import drafts_settled_by, repaired
from deskstream_runtime.postgres.connection import Transaction

_log = structlog.get_logger()


async def repair(tx: Transaction, events: Sequence[Event[Any]]) -> None:
    """Takes back the tickets' own events, those of each ticket together."""
    by_ticket: dict[UUID, list[Event[Any]]] = defaultdict(list)
    for event in events:
        by_ticket[event.subject].append(event)
    drafts = {
        (ticket_id, draft_id)
        for ticket_id, own in by_ticket.items()
        for draft_id in drafts_settled_by(own)
    }
    before = await ticket_repository.load_many(tx, by_ticket.keys(), drafts)
    after = [repaired(before[ticket_id], own) for ticket_id, own in by_ticket.items()]
    await ticket_repository.restore(tx, before, [one.aggregate for one in after])
    await applied_event_repository.keep(tx, {cause for one in after for cause in one.causes})
    lost = sum(one.aggregate.ticket is None for one in after)
    if lost:
        _log.error("repair.tickets_without_beginning", tickets=lost)
