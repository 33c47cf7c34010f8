"""Batches of events: load, decide, store, announce."""

from collections.abc import Sequence

from deskstream_contracts import Event, EventData
from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.decide import Policies, take
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction


class EventHandlers:
    """Decides on each event; what time alone brings about is in `schedules`."""

    def __init__(self, policies: Policies, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock

    async def take_events(self, tx: Transaction, events: Sequence[Event[EventData]]) -> Effects:
        """A batch of any of the types we read, for many tickets."""
        before = await process_repository.lock(tx, (event.subject for event in events))
        now = self._clock()
        processes = dict(before)
        announced: list[Event[EventData]] = []
        for event in events:
            process, made = take(processes[event.subject], event, self._policies, now)
            processes[event.subject] = process
            announced += made
        await process_repository.store(tx, before, processes)
        return Effects(announced)
