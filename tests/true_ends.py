"""How clocks truly ended: a fold of each ticket's events, in their order and each at its time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.sla import SlaBreached, SlaMet
from deskstream_escalation.domain.decide import advance_clocks, decide
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState

_A_MOMENT = timedelta(microseconds=1)

Ends = dict[UUID, EventData]
"""The announced ends of clocks, by the events' ids."""


def true_ends(events: Iterable[Event[Any]], policies: Policies, until: datetime) -> Ends:
    """Each breach and each clock met, by events in whatever order, of which `ticket.*` count.

    The clocks are looked at before each event, and at last when it is `until`.
    """
    tickets: dict[UUID, dict[UUID, Event[Any]]] = defaultdict(dict)
    for event in events:
        if hasattr(event.data, "ticket"):
            tickets[event.subject][event.id] = event
    ends: Ends = {}
    for ticket_id, versions in tickets.items():
        process = TicketProcess(TicketState(ticket_id), {})
        for event in sorted(versions.values(), key=_version):
            at = event.data.ticket.updated_at
            process, early = advance_clocks(process, policies, at - _A_MOMENT)
            process, new_events = decide(process, event, policies, at)
            ends |= ends_in((*early, *new_events))
        process, new_events = advance_clocks(process, policies, until)
        ends |= ends_in(new_events)
    return ends


def ends_in(events: Iterable[Event[Any]]) -> Ends:
    """The breaches and the clocks met among events that escalation announced."""
    return {one.id: one.data for one in events if isinstance(one.data, SlaBreached | SlaMet)}


def _version(event: Event[Any]) -> int:
    version: int = event.data.ticket.version
    return version
