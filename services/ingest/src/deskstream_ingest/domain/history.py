"""The past of a ticket is brought in from another system, as the history it would have had here.

Its events have the times of the past. None is an order: a message to the customer was sent long
ago, so there is no `reply.approved`.
"""

from collections.abc import Iterable
from functools import reduce
from uuid import UUID

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import (
    Actor,
    FieldChange,
    Status,
    TicketHistory,
    TicketMessageAdded,
    TicketResolved,
    TicketSnapshot,
    TicketUpdated,
)
from deskstream_ingest.domain.aggregate import TicketAggregate, fold
from deskstream_ingest.domain.commands import ImportTicket, PastMessage
from deskstream_ingest.domain.content import differing_fields
from deskstream_ingest.domain.create import created_at
from deskstream_ingest.domain.reasons import IMPORTED
from deskstream_ingest.domain.refusals import TicketExists
from deskstream_ingest.domain.snapshot import next_snapshot


def import_ticket(aggregate: TicketAggregate, command: ImportTicket) -> tuple[EventData, ...]:
    """The ticket's whole past: created, each message, and how it ended.

    Nothing when it was brought in before with the same content. Raises `TicketExists` for other.
    """
    new_events = _history(command)
    known = aggregate.ticket
    if known is None:
        return new_events
    repeat = fold(TicketAggregate(aggregate.ticket_id), new_events).ticket
    differing = differing_fields(known, (repeat and repeat.content) or {})
    if differing:
        raise TicketExists(known, differing)
    return ()


def _history(command: ImportTicket) -> tuple[EventData, ...]:
    opening = created_at(command.opening, command.occurred_at)
    status = reduce(_status_after, command.messages, opening.ticket.status)
    snapshot = opening.ticket.model_copy(
        update={
            "queue": command.queue,
            "history": TicketHistory(
                imported_at=command.opening.at,
                version=1 + len(command.messages) + _endings(status, command.status),
            ),
        }
    )
    created = opening.model_copy(
        update={"ticket": snapshot, "imported": True, "analyse": command.analyse}
    )
    events: list[EventData] = [created]
    last_inbound_id = opening.message_id
    for message in command.messages:
        added = _added(snapshot, message, command, last_inbound_id)
        snapshot = added.ticket
        if message.kind == "inbound":
            last_inbound_id = message.message_id
        events.append(added)
    return (*events, *_ended(snapshot, command))


def _status_after(status: Status, message: PastMessage) -> Status:
    match message.kind:
        case "inbound":
            return "open"
        case "outbound":
            return "pending"
        case "note":
            return status


def _endings(status: Status, wanted: Status) -> int:
    """How many events it takes from one status to the one that the history ends with."""
    match wanted:
        case "closed":
            return 2
        case "resolved":
            return 1
        case _:
            return int(status != wanted)


def _added(
    snapshot: TicketSnapshot, message: PastMessage, command: ImportTicket, last_inbound_id: UUID
) -> TicketMessageAdded:
    at = message.occurred_at
    outbound, inbound = message.kind == "outbound", message.kind == "inbound"
    after = next_snapshot(
        snapshot,
        at,
        status=_status_after(snapshot.status, message),
        message_count=snapshot.message_count + 1,
        first_response_at=snapshot.first_response_at or (at if outbound else None),
    )
    customer = Actor(kind="customer", id=str(command.opening.customer.id))
    return TicketMessageAdded(
        ticket=after,
        message_id=message.message_id,
        kind=message.kind,
        actor=customer if inbound else Actor(kind="agent", id=message.author),
        body=message.body,
        channel=snapshot.channel,
        occurred_at=at,
        in_reply_to=last_inbound_id if outbound else None,
        imported=True,
        analyse=command.analyse and inbound,
    )


def _ended(snapshot: TicketSnapshot, command: ImportTicket) -> Iterable[EventData]:
    """Settled, if it was; else with the status it had, where the messages alone do not say so."""
    if command.status not in ("resolved", "closed"):
        if snapshot.status != command.status:
            yield _moved(snapshot, command, command.status)
        return
    at = command.resolved_at or snapshot.updated_at
    settled = next_snapshot(snapshot, at, status="resolved", resolved_at=at)
    yield TicketResolved(
        ticket=settled,
        actor=command.actor,
        occurred_at=at,
        elapsed_s=(at - snapshot.created_at).total_seconds(),
        code=command.code,
        note=command.note,
        imported=True,
    )
    if command.status == "closed":
        yield _moved(settled, command, "closed")


def _moved(snapshot: TicketSnapshot, command: ImportTicket, status: Status) -> TicketUpdated:
    return TicketUpdated(
        ticket=next_snapshot(snapshot, snapshot.updated_at, status=status),
        actor=command.actor,
        changes=(FieldChange(field="status", old=snapshot.status, new=status),),
        reason=IMPORTED,
        occurred_at=snapshot.updated_at,
        imported=True,
    )
