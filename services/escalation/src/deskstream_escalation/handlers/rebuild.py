"""The state made again from the log: what was announced before is taken, and nothing announced."""

from collections.abc import Sequence

from deskstream_contracts import Event, EventData
from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.decide import Policies
from deskstream_escalation.domain.rebuild import clocks_in, remember
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction


class Memory:
    """For a rebuild: our own events are read too."""

    def __init__(self, policies: Policies, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock

    async def take(self, tx: Transaction, events: Sequence[Event[EventData]]) -> Effects:
        """Events that were taken before, and what was announced of them."""
        clocks = [one for event in events for one in clocks_in(event.data)]
        before = await process_repository.lock(tx, (event.subject for event in events), clocks)
        now = self._clock()
        processes = dict(before)
        for event in events:
            processes[event.subject] = remember(
                processes[event.subject], event, self._policies, now
            )
        await process_repository.store(tx, before, processes)
        return NO_EFFECTS
