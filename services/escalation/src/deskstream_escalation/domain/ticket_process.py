"""The process of one ticket, as the process manager loads, decides and stores it."""

from dataclasses import dataclass

from deskstream_escalation.domain.sla_clock import Clocks
from deskstream_escalation.domain.ticket_state import TicketState


@dataclass(frozen=True, slots=True)
class TicketProcess:
    """What is known of a ticket, and its service-level clocks."""

    state: TicketState
    clocks: Clocks
