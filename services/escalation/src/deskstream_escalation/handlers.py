"""Events and the passing of time, in batches: load, decide, store, announce."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from deskstream_contracts import Event, EventData
from deskstream_escalation.adapters import ticket_states
from deskstream_escalation.domain.decide import Guidance, pass_time, take
from deskstream_escalation.domain.remember import clocks_in, remember
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NOTHING, Effects, Transaction


class EscalationHandlers:
    """All decisions of this service go through `take_events` or `look_at_clocks`."""

    def __init__(
        self,
        guidance: Guidance,
        clock: Clock,
        log_time: Callable[[Transaction], Awaitable[datetime | None]],
        clocks_max: int,
    ) -> None:
        """`log_time` says until when everything that could stop a clock is known."""
        self._guidance = guidance
        self._clock = clock
        self._log_time = log_time
        self._clocks_max = clocks_max

    async def take_events(self, tx: Transaction, events: Sequence[Event[EventData]]) -> Effects:
        """A batch of any of the types we read, for many tickets."""
        before = await ticket_states.lock(tx, (event.subject for event in events))
        now = self._clock()
        states = dict(before)
        announced: list[Event[EventData]] = []
        for event in events:
            state, made = take(states[event.subject], event, self._guidance, now)
            states[event.subject] = state
            announced += made
        await ticket_states.store(tx, before, states)
        return Effects(announced)

    async def remember(self, tx: Transaction, events: Sequence[Event[EventData]]) -> Effects:
        """The same when the state is made again, of what we announced too: nothing is announced."""
        clocks = [one for event in events for one in clocks_in(event.data)]
        before = await ticket_states.lock(tx, (event.subject for event in events), clocks)
        now = self._clock()
        states = dict(before)
        for event in events:
            states[event.subject] = remember(states[event.subject], event, self._guidance, now)
        await ticket_states.store(tx, before, states)
        return NOTHING

    async def look_at_clocks(self, tx: Transaction) -> Effects:
        """The clocks that are due, the longest overdue first."""
        now = await self._log_time(tx)
        if now is None:
            return NOTHING
        before = await ticket_states.lock_due(tx, now, self._clocks_max)
        states = dict(before)
        announced: list[Event[EventData]] = []
        for ticket_id, state in before.items():
            states[ticket_id], made = pass_time(state, self._guidance, now)
            announced += made
        await ticket_states.store(tx, before, states)
        return Effects(announced)
