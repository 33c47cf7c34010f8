"""A ticket and the drafts looked at now, folded from events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from uuid import UUID

from deskstream_contracts import EventData
from deskstream_contracts.events.escalation import Escalated, EscalationRequested
from deskstream_contracts.events.notification import NotificationFailed
from deskstream_contracts.events.reply import (
    ReplyApproved,
    ReplyAutoApproved,
    ReplyDrafted,
    ReplyRejected,
)
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketTriaged,
    TicketUpdated,
)
from deskstream_contracts.priority import DEFAULT_PRIORITY, higher
from deskstream_ingest.domain import reasons
from deskstream_ingest.domain.content import fingerprint, with_past
from deskstream_ingest.domain.decision import Decision, decision
from deskstream_ingest.domain.draft import Draft, DraftStatus
from deskstream_ingest.domain.last_seen import is_newer, last_seen_of
from deskstream_ingest.domain.refusals import TicketUnknown
from deskstream_ingest.domain.ticket import AskedEscalation, Ticket

_TRIAGED_FIELDS = frozenset({"priority", "queue", "tags"})


@dataclass(frozen=True, slots=True)
class TicketAggregate:
    """What a decision starts from. `drafts` holds those that were loaded, not all there are."""

    ticket_id: UUID
    ticket: Ticket | None = None
    drafts: Mapping[UUID, Draft] = field(default_factory=dict)

    @property
    def known(self) -> Ticket:
        """The ticket. Raises `TicketUnknown` when there is none."""
        if self.ticket is None:
            raise TicketUnknown(self.ticket_id)
        return self.ticket


def fold(aggregate: TicketAggregate, events: Iterable[EventData]) -> TicketAggregate:
    """The aggregate after these events, in order."""
    return reduce(evolve, events, aggregate)


def evolve(aggregate: TicketAggregate, event: EventData) -> TicketAggregate:
    """The aggregate after one event: of the ticket, or of another service about it.

    Total: an event that means nothing here, or comes for a ticket unknown here, changes nothing.
    """
    match event:
        case TicketCreated():
            return replace(aggregate, ticket=_created(aggregate.ticket_id, event))
        case ReplyDrafted() | ReplyAutoApproved() | ReplyApproved() | ReplyRejected():
            return _with_draft(aggregate, event)
    ticket = aggregate.ticket
    if ticket is None:
        return aggregate
    match event:
        case TicketUpdated():
            ticket = _updated(ticket, event)
        case TicketMessageAdded():
            ticket = ticket.model_copy(update={"snapshot": event.ticket} | _inbound(event))
        case TicketResolved():
            settled = decision(event.actor, event.occurred_at, event.code, event.note)
            ticket = ticket.model_copy(
                update={"snapshot": event.ticket, "proposed_priority": None, "settled": settled}
            )
        case TicketReopened():
            settled = decision(event.actor, event.occurred_at, event.reason, event.note)
            ticket = ticket.model_copy(update={"snapshot": event.ticket, "settled": settled})
        case EscalationRequested():
            ticket = ticket.model_copy(update={"asked_escalation": _asked(event)})
        case TicketTriaged() | Escalated() | NotificationFailed():
            ticket = _informed(ticket, event)
    return replace(aggregate, ticket=_with_past(ticket, event))


def _created(ticket_id: UUID, event: TicketCreated) -> Ticket:
    # A caller who gives no priority gets a normal one, so another was chosen on purpose.
    chosen = frozenset({"priority"} if event.ticket.priority != DEFAULT_PRIORITY else ())
    return Ticket(
        id=ticket_id,
        snapshot=event.ticket,
        subject=event.subject,
        customer=event.customer,
        last_inbound_id=event.message_id,
        language=event.language,
        external=event.external,
        settled_fields=chosen,
        content=fingerprint(event) if event.external else None,
    )


def _updated(ticket: Ticket, event: TicketUpdated) -> Ticket:
    update: dict[str, object] = {"snapshot": event.ticket}
    if event.subject is not None:
        update["subject"] = event.subject
    if event.ticket.status == "closed" and ticket.snapshot.status != "closed":
        update["settled"] = decision(event.actor, event.occurred_at)
    if event.ticket.escalation_level > ticket.snapshot.escalation_level:
        update["escalated"] = decision(event.actor, event.occurred_at)
    if event.reason == reasons.EDITED:
        edited = _TRIAGED_FIELDS.intersection(change.field for change in event.changes)
        update["settled_fields"] = ticket.settled_fields | edited
    return ticket.model_copy(update=update)


def _with_past(ticket: Ticket, event: EventData) -> Ticket:
    """What an imported ticket was brought in with is more than its first message."""
    match event:
        case TicketMessageAdded(imported=True) | TicketResolved(imported=True):
            pass
        case TicketUpdated(imported=True, reason=reasons.IMPORTED):
            pass
        case _:
            return ticket
    return ticket.model_copy(update={"content": with_past(ticket.content or {}, event)})


def _asked(event: EscalationRequested) -> AskedEscalation:
    by = decision(event.actor, event.occurred_at, event.reason, event.note)
    return AskedEscalation(decision=by, level=event.level)


def _inbound(event: TicketMessageAdded) -> dict[str, object]:
    return {"last_inbound_id": event.message_id} if event.kind == "inbound" else {}


def _informed(ticket: Ticket, event: TicketTriaged | Escalated | NotificationFailed) -> Ticket:
    if (isinstance(event, TicketTriaged) and event.imported) or not is_newer(ticket, event):
        return ticket
    update: dict[str, object] = {"newest": ticket.newest | {event.event_type: last_seen_of(event)}}
    if not isinstance(event, NotificationFailed) and not ticket.is_over:
        update["proposed_priority"] = higher(ticket.proposed_priority, event.priority)
    if isinstance(event, TicketTriaged) and ticket.language is None:
        update["language"] = event.language
    return ticket.model_copy(update=update)


def _with_draft(
    aggregate: TicketAggregate,
    event: ReplyDrafted | ReplyAutoApproved | ReplyApproved | ReplyRejected,
) -> TicketAggregate:
    if event.draft_id is None:
        return aggregate
    draft = aggregate.drafts.get(event.draft_id) or Draft(id=event.draft_id, status="awaited")
    match event:
        case ReplyDrafted():
            draft = _drafted(draft, event)
        case ReplyAutoApproved():
            draft = draft.model_copy(update={"rule": event.rule})
        case ReplyApproved():
            by = decision(event.actor, event.occurred_at, text=event.body)
            draft = _settled(draft, "approved", by, sent_as=event.message_id, edited=event.edited)
        case ReplyRejected():
            by = decision(event.actor, event.occurred_at, event.reason, event.feedback)
            draft = _settled(draft, "rejected", by)
    return replace(aggregate, drafts={**aggregate.drafts, draft.id: draft})


def _drafted(known: Draft, event: ReplyDrafted) -> Draft:
    if known.is_settled or known.is_erased:
        return known
    return Draft(
        id=event.draft_id,
        status="open",
        body=event.body,
        message_id=event.message_id,
        language=event.language,
        rule=known.rule,
    )


def _settled(
    known: Draft,
    status: DraftStatus,
    by: Decision,
    *,
    sent_as: UUID | None = None,
    edited: bool = False,
) -> Draft:
    settled = {"status": status, "body": "", "sent_as": sent_as, "decision": by, "edited": edited}
    return known.model_copy(update=settled)
