"""Events of other services about a ticket, and the changes that ingest makes for them."""

from typing import assert_never

from deskstream_contracts import EventData
from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.notification import NotificationFailed
from deskstream_contracts.events.reply import ReplyAutoApproved, ReplyDrafted
from deskstream_contracts.events.ticket import Actor, TicketTriaged
from deskstream_contracts.priority import higher
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.auto_approval import approve_alone
from deskstream_ingest.domain.changes import updated
from deskstream_ingest.domain.commands import ApplyEvent
from deskstream_ingest.domain.last_seen import is_newer
from deskstream_ingest.domain.reasons import ESCALATION, TRIAGE, UNDELIVERED
from deskstream_ingest.domain.snapshot import SnapshotChanges
from deskstream_ingest.domain.ticket import Ticket

_TAGS_MAX = 50


def apply_event(aggregate: TicketAggregate, command: ApplyEvent) -> tuple[EventData, ...]:
    """Nothing for a closed or unknown ticket, and nothing for an event that was applied before."""
    ticket, event = aggregate.ticket, command.event
    if ticket is None or ticket.snapshot.status == "closed":
        return ()
    match event:
        case ReplyDrafted() | ReplyAutoApproved():
            return approve_alone(ticket, aggregate.drafts.get(event.draft_id), command, event)
        case TicketTriaged(imported=True):
            return _apply_past_triage(ticket, event)
    if not is_newer(ticket, event):
        return ()
    match event:
        case TicketTriaged():
            return _apply_triage(ticket, event, command)
        case Escalated():
            return _apply_escalation(ticket, event, command)
        case NotificationFailed():
            return _apply_failure(ticket, event, command)
    assert_never(event)


def _apply_triage(
    ticket: Ticket, event: TicketTriaged, command: ApplyEvent
) -> tuple[EventData, ...]:
    """Fields that somebody set stay. Triage of a later message adds, and never takes back.

    The priority is the highest proposed: a thank-you in an urgent matter does not make it less so.
    """
    wanted = SnapshotChanges()
    if "priority" not in ticket.settled_fields:
        wanted["priority"] = (
            higher(ticket.proposed_priority, event.priority) or ticket.snapshot.priority
        )
    wanted |= _queue_and_tags(ticket, event)
    return updated(ticket, command.at, Actor(kind="system", id="ai"), TRIAGE, **wanted)


def _apply_past_triage(ticket: Ticket, event: TicketTriaged) -> tuple[EventData, ...]:
    """What an imported message wanted sorts the ticket, and makes nothing pressing any more.

    Its change is part of the past, at the message's time. It comes in any order, and twice changes
    nothing. Nothing either once the ticket is awake: then the past is over.
    """
    if not ticket.snapshot.is_asleep:
        return ()
    wanted = _queue_and_tags(ticket, event)
    actor = Actor(kind="system", id="ai")
    return updated(ticket, event.occurred_at, actor, TRIAGE, imported=True, **wanted)


def _queue_and_tags(ticket: Ticket, event: TicketTriaged) -> SnapshotChanges:
    """The first triage chooses the queue, so that a ticket does not wander with every message."""
    snapshot, wanted = ticket.snapshot, SnapshotChanges()
    if "queue" not in ticket.settled_fields:
        wanted["queue"] = snapshot.queue or event.queue
    if "tags" not in ticket.settled_fields:
        wanted["tags"] = tuple(dict.fromkeys((*snapshot.tags, *event.tags)))[:_TAGS_MAX]
    return wanted


def _apply_escalation(
    ticket: Ticket, event: Escalated, command: ApplyEvent
) -> tuple[EventData, ...]:
    """Level and priority only rise; the queue and assignee are those the rule names, if it does.

    Nothing once the ticket is resolved: it was settled meanwhile.
    """
    if ticket.is_over:
        return ()
    snapshot = ticket.snapshot
    wanted = SnapshotChanges(
        escalation_level=max(snapshot.escalation_level, event.level),
        priority=higher(snapshot.priority, event.priority) or snapshot.priority,
        queue=event.queue or snapshot.queue,
        assignee_id=event.assignee_id or snapshot.assignee_id,
    )
    actor = Actor(kind="system", id="escalation")
    return updated(ticket, command.at, actor, ESCALATION, **wanted)


def _apply_failure(
    ticket: Ticket, event: NotificationFailed, command: ApplyEvent
) -> tuple[EventData, ...]:
    """The customer, for whom we wait, was not reached: it is our turn again."""
    if event.recipient_kind != "customer" or ticket.snapshot.status != "pending":
        return ()
    actor = Actor(kind="system", id="notify")
    return updated(ticket, command.at, actor, UNDELIVERED, status="open")
