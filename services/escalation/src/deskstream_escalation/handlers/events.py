"""Events of other services, a batch at a time: load, decide, save, announce."""

from collections.abc import Sequence

from deskstream_contracts import Event, EventData
from deskstream_escalation.adapters import process_repository
from deskstream_escalation.domain.decide import decide
from deskstream_escalation.domain.policies import Policies
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction


class EventHandlers:
    """Decides on each event of a ticket by these policies."""

    def __init__(self, policies: Policies, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock

    async def decide_on_events(
        self, tx: Transaction, events: Sequence[Event[EventData]]
    ) -> Effects:
        """A batch of any of the types we read, of many tickets."""
        before = await process_repository.load_many(tx, (event.subject for event in events))
        now = self._clock()
        after = dict(before)
        announced: list[Event[EventData]] = []
        for event in events:
            process, new_events = decide(after[event.subject], event, self._policies, now)
            after[event.subject] = process
            announced += new_events
        await process_repository.save(tx, before, after)
        return Effects(announced)
