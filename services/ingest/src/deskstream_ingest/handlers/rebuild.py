"""Tickets and drafts rebuilt from the log, which holds their own events too: nothing is decided."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from deskstream_contracts import Event
from deskstream_contracts.events.ticket import TicketCreated
from deskstream_ingest.adapters import ticket_repository
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.rebuild import rebuild
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction


class RebuildHandlers:
    """For one rebuild, as it holds in memory what comes before its ticket.

    A ticket whose first event was revised, to erase a person, begins late in the log.
    """

    def __init__(self) -> None:
        self._early: dict[UUID, dict[UUID, Event[Any]]] = defaultdict(dict)

    async def rebuild_tickets(self, tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        """Events of tickets and of other services about them, in the order of the log."""
        drafts = {
            (event.subject, draft_id)
            for event in events
            if (draft_id := getattr(event.data, "draft_id", None)) is not None
        }
        before = await ticket_repository.load_many(tx, {event.subject for event in events}, drafts)
        after = dict(before)
        for event in events:
            after[event.subject] = self._after(after[event.subject], event)
        await ticket_repository.restore(tx, before, after.values())
        begun = [
            aggregate.ticket_id for aggregate in after.values() if aggregate.ticket is not None
        ]
        return Effects(on_commit=partial(self._forget, begun))

    def _after(self, aggregate: TicketAggregate, event: Event[Any]) -> TicketAggregate:
        aggregate = rebuild(aggregate, event)
        if aggregate.ticket is None:
            self._early[aggregate.ticket_id][event.id] = event
        elif isinstance(event.data, TicketCreated):
            for early in self._early.get(aggregate.ticket_id, {}).values():
                aggregate = rebuild(aggregate, early)
        return aggregate

    def _forget(self, tickets: Sequence[UUID]) -> None:
        """Only now: a batch that is rolled back comes again, without what came before."""
        for ticket_id in tickets:
            self._early.pop(ticket_id, None)
