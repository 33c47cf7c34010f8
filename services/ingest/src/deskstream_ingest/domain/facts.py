"""What other services found or decided about a ticket, and how far ingest goes along with it."""

from typing import assert_never

from deskstream_contracts import EventData
from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.notification import NotificationFailed
from deskstream_contracts.events.reply import ReplyAutoApproved, ReplyDrafted
from deskstream_contracts.events.ticket import Actor, TicketTriaged
from deskstream_contracts.priority import higher
from deskstream_ingest.domain.auto_approval import approve_alone
from deskstream_ingest.domain.case import Case
from deskstream_ingest.domain.changes import updated
from deskstream_ingest.domain.commands import TakeFact
from deskstream_ingest.domain.head import HeadChanges
from deskstream_ingest.domain.marks import is_news
from deskstream_ingest.domain.reasons import ESCALATION, TRIAGE, UNDELIVERED
from deskstream_ingest.domain.ticket import Ticket

_TAGS_MAX = 50


def take(case: Case, command: TakeFact) -> tuple[EventData, ...]:
    """Nothing for a closed or unknown ticket, and nothing for a fact that was taken before."""
    ticket, fact = case.ticket, command.fact
    if ticket is None or ticket.head.status == "closed":
        return ()
    match fact:
        case ReplyDrafted() | ReplyAutoApproved():
            return approve_alone(ticket, case.drafts.get(fact.draft_id), command, fact)
        case TicketTriaged() if fact.imported:
            return _apply_past_triage(ticket, fact)
        case TicketTriaged() | Escalated() | NotificationFailed():
            if not is_news(ticket, fact):
                return ()
    match fact:
        case TicketTriaged():
            return _apply_triage(ticket, fact, command)
        case Escalated():
            return _apply_escalation(ticket, fact, command)
        case NotificationFailed():
            return _apply_failure(ticket, fact, command)
    assert_never(fact)


def _apply_triage(ticket: Ticket, fact: TicketTriaged, command: TakeFact) -> tuple[EventData, ...]:
    """Fields that somebody set stay. Triage of a later message adds, and never takes back.

    The priority is the highest proposed: a thank-you in an urgent matter does not make it less so.
    """
    wanted = HeadChanges()
    if "priority" not in ticket.settled_fields:
        wanted["priority"] = higher(ticket.proposed_priority, fact.priority) or ticket.head.priority
    wanted |= _queue_and_tags(ticket, fact)
    return updated(ticket, command.at, Actor(kind="system", id="ai"), TRIAGE, **wanted)


def _apply_past_triage(ticket: Ticket, fact: TicketTriaged) -> tuple[EventData, ...]:
    """What an imported message wanted sorts the ticket, and makes nothing pressing any more.

    Its change is part of the past, at the message's time. It comes in any order, and twice changes
    nothing. Nothing either once the ticket's life goes on: then the past is over.
    """
    if not ticket.head.is_asleep:
        return ()
    wanted = _queue_and_tags(ticket, fact)
    actor = Actor(kind="system", id="ai")
    return updated(ticket, fact.occurred_at, actor, TRIAGE, imported=True, **wanted)


def _queue_and_tags(ticket: Ticket, fact: TicketTriaged) -> HeadChanges:
    """The first triage chooses the queue, so that a ticket does not wander with every message."""
    head, wanted = ticket.head, HeadChanges()
    if "queue" not in ticket.settled_fields:
        wanted["queue"] = head.queue or fact.queue
    if "tags" not in ticket.settled_fields:
        wanted["tags"] = tuple(dict.fromkeys((*head.tags, *fact.tags)))[:_TAGS_MAX]
    return wanted


def _apply_escalation(ticket: Ticket, fact: Escalated, command: TakeFact) -> tuple[EventData, ...]:
    """Level and priority only rise; the queue and assignee are those the rule names, if it does.

    Nothing once the ticket is resolved: the matter was settled meanwhile.
    """
    if ticket.is_over:
        return ()
    head = ticket.head
    wanted = HeadChanges(
        escalation_level=max(head.escalation_level, fact.level),
        priority=higher(head.priority, fact.priority) or head.priority,
        queue=fact.queue or head.queue,
        assignee_id=fact.assignee_id or head.assignee_id,
    )
    actor = Actor(kind="system", id="escalation")
    return updated(ticket, command.at, actor, ESCALATION, **wanted)


def _apply_failure(
    ticket: Ticket, fact: NotificationFailed, command: TakeFact
) -> tuple[EventData, ...]:
    """The customer, for whom we wait, was not reached: it is our turn again."""
    if fact.recipient_kind != "customer" or ticket.head.status != "pending":
        return ()
    actor = Actor(kind="system", id="notify")
    return updated(ticket, command.at, actor, UNDELIVERED, status="open")
