"""The matter is settled, or is not after all."""

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import TicketReopened, TicketResolved
from deskstream_ingest.domain.commands import ReopenTicket, ResolveTicket
from deskstream_ingest.domain.decision import otherwise
from deskstream_ingest.domain.reasons import REQUESTED
from deskstream_ingest.domain.refusals import OpenOtherwise, ResolvedOtherwise, TicketClosed
from deskstream_ingest.domain.snapshot import next_snapshot, reopened_snapshot
from deskstream_ingest.domain.ticket import Ticket


def resolve(ticket: Ticket, command: ResolveTicket) -> tuple[EventData, ...]:
    """Nothing when it is resolved already. Raises `ResolvedOtherwise` for another code or note.

    The escalation ends with the matter it was about: `escalation` de-escalates on this event.
    """
    if ticket.snapshot.status == "resolved":
        said = otherwise(ticket.settled, reason=("code", command.code), text=("note", command.note))
        if said:
            raise ResolvedOtherwise(ticket, said)
        return ()
    snapshot = next_snapshot(
        ticket.snapshot, command.at, status="resolved", resolved_at=command.at, escalation_level=0
    )
    resolved = TicketResolved(
        ticket=snapshot,
        actor=command.actor,
        occurred_at=command.at,
        elapsed_s=max(0.0, (command.at - snapshot.created_at).total_seconds()),
        code=command.code,
        note=command.note,
    )
    return (resolved,)


def reopen(ticket: Ticket, command: ReopenTicket) -> tuple[EventData, ...]:
    """Nothing when it is not resolved. Raises `OpenOtherwise` for another reason or note.

    Raises `TicketClosed`.
    """
    if ticket.snapshot.status == "closed":
        raise TicketClosed(ticket)
    if ticket.snapshot.status != "resolved":
        said = otherwise(
            ticket.settled, reason=("reason", command.reason), text=("note", command.note)
        )
        if said:
            raise OpenOtherwise(ticket, said)
        return ()
    reopened = TicketReopened(
        ticket=reopened_snapshot(ticket.snapshot, command.at),
        actor=command.actor,
        occurred_at=command.at,
        reason=command.reason or REQUESTED,
        note=command.note,
    )
    return (reopened,)
