"""The service's state made again from the log; nothing is announced."""

from collections.abc import Sequence

from deskstream_contracts import Event, EventData
from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.rebuild import clocks_in, rebuild
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction


class RebuildHandlers:
    """Handles the events of `EventHandlers` again, with those that were announced of them."""

    def __init__(self, policies: Policies, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock

    async def rebuild_tickets(self, tx: Transaction, events: Sequence[Event[EventData]]) -> Effects:
        """A batch of events, others' and ours, of many tickets."""
        clocks = [clock_id for event in events for clock_id in clocks_in(event.data)]
        tickets = (event.subject for event in events)
        before = await process_repository.load_many(tx, tickets, ended_clocks=clocks)
        now = self._clock()
        after = dict(before)
        for event in events:
            after[event.subject] = rebuild(after[event.subject], event, self._policies, now)
        await process_repository.save(tx, before, after)
        return NO_EFFECTS
