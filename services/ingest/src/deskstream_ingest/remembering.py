"""Tickets and drafts made again from the log: what followed from a fact is in it, and read too."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from deskstream_contracts import Event
from deskstream_contracts.events.ticket import TicketCreated
from deskstream_ingest.adapters import cases
from deskstream_ingest.domain.case import Case
from deskstream_ingest.domain.remember import remember
from deskstream_runtime.effects import NOTHING, Effects, Transaction


class Memory:
    """For one rebuild, as it holds in memory what comes before its ticket.

    A ticket whose first event was revised, to erase a person, begins late in the log.
    """

    def __init__(self) -> None:
        self._early: dict[UUID, list[Event[Any]]] = defaultdict(list)

    async def take(self, tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        """Events of tickets and facts about them, as they came into the log."""
        drafts = {
            (event.subject, draft_id)
            for event in events
            if (draft_id := getattr(event.data, "draft_id", None)) is not None
        }
        before = await cases.load_many(tx, {event.subject for event in events}, drafts)
        after = dict(before)
        for event in events:
            after[event.subject] = self._after(after[event.subject], event)
        await cases.restore(tx, before, after.values())
        return NOTHING

    def _after(self, case: Case, event: Event[Any]) -> Case:
        case = remember(case, event)
        if case.ticket is None:
            self._early[case.ticket_id].append(event)
        elif isinstance(event.data, TicketCreated):
            for early in self._early.pop(case.ticket_id, ()):
                case = remember(case, early)
        return case
