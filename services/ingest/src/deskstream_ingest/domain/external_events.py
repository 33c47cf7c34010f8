"""What other services found or decided about a ticket, and how far ingest goes along with it."""

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
    """Nothing for a closed or unknown ticket, and nothing for a fact that was taken before."""
    ticket, fact = aggregate.ticket, command.fact
    if ticket is None or ticket.snapshot.status == "closed":
        return ()
    match fact:
        case ReplyDrafted() | ReplyAutoApproved():
            return approve_alone(ticket, aggregate.drafts.get(fact.draft_id), command, fact)
        case TicketTriaged() if fact.imported:
            return _apply_past_triage(ticket, fact)
        case TicketTriaged() | Escalated() | NotificationFailed():
            if not is_newer(ticket, fact):
                return ()
    match fact:
        case TicketTriaged():
            return _apply_triage(ticket, fact, command)
        case Escalated():
            return _apply_escalation(ticket, fact, command)
        case NotificationFailed():
            return _apply_failure(ticket, fact, command)
    assert_never(fact)


def _apply_triage(
    ticket: Ticket, fact: TicketTriaged, command: ApplyEvent
) -> tuple[EventData, ...]:
    """Fields that somebody set stay. Triage of a later message adds, and never takes back.

    The priority is the highest proposed: a thank-you in an urgent matter does not make it less so.
    """
    wanted = SnapshotChanges()
    if "priority" not in ticket.settled_fields:
        wanted["priority"] = (
            higher(ticket.proposed_priority, fact.priority) or ticket.snapshot.priority
        )
    wanted |= _queue_and_tags(ticket, fact)
    return updated(ticket, command.at, Actor(kind="system", id="ai"), TRIAGE, **wanted)


def _apply_past_triage(ticket: Ticket, fact: TicketTriaged) -> tuple[EventData, ...]:
    """What an imported message wanted sorts the ticket, and makes nothing pressing any more.

    Its change is part of the past, at the message's time. It comes in any order, and twice changes
    nothing. Nothing either once the ticket's life goes on: then the past is over.
    """
    if not ticket.snapshot.is_asleep:
        return ()
    wanted = _queue_and_tags(ticket, fact)
    actor = Actor(kind="system", id="ai")
    return updated(ticket, fact.occurred_at, actor, TRIAGE, imported=True, **wanted)


def _queue_and_tags(ticket: Ticket, fact: TicketTriaged) -> SnapshotChanges:
    """The first triage chooses the queue, so that a ticket does not wander with every message."""
    snapshot, wanted = ticket.snapshot, SnapshotChanges()
    if "queue" not in ticket.settled_fields:
        wanted["queue"] = snapshot.queue or fact.queue
    if "tags" not in ticket.settled_fields:
        wanted["tags"] = tuple(dict.fromkeys((*snapshot.tags, *fact.tags)))[:_TAGS_MAX]
    return wanted


def _apply_escalation(
    ticket: Ticket, fact: Escalated, command: ApplyEvent
) -> tuple[EventData, ...]:
    """Level and priority only rise; the queue and assignee are those the rule names, if it does.

    Nothing once the ticket is resolved: the matter was settled meanwhile.
    """
    if ticket.is_over:
        return ()
    snapshot = ticket.snapshot
    wanted = SnapshotChanges(
        escalation_level=max(snapshot.escalation_level, fact.level),
        priority=higher(snapshot.priority, fact.priority) or snapshot.priority,
        queue=fact.queue or snapshot.queue,
        assignee_id=fact.assignee_id or snapshot.assignee_id,
    )
    actor = Actor(kind="system", id="escalation")
    return updated(ticket, command.at, actor, ESCALATION, **wanted)


def _apply_failure(
    ticket: Ticket, fact: NotificationFailed, command: ApplyEvent
) -> tuple[EventData, ...]:
    """The customer, for whom we wait, was not reached: it is our turn again."""
    if fact.recipient_kind != "customer" or ticket.snapshot.status != "pending":
        return ()
    actor = Actor(kind="system", id="notify")
    return updated(ticket, command.at, actor, UNDELIVERED, status="open")
