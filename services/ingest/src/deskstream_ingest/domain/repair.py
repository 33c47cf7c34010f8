"""A ticket whose state is older than its own events: brought up to what they say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected
from deskstream_ingest.domain.aggregate import TicketAggregate, evolve


@dataclass(frozen=True, slots=True)
class Repaired:
    """The aggregate after its own events, and what caused those that were new to it.

    `causes` are ids of events. Events of other services among them were applied: their results are
    in the log already, and must not be published a second time.
    """

    aggregate: TicketAggregate
    causes: frozenset[UUID]


def repaired(aggregate: TicketAggregate, events: Collection[Event[EventData]]) -> Repaired:
    """Folds those of the ticket's own events, in whatever order they come, that are new to it.

    A version may be missing for ever (accepted, and lost before it was published); each event
    carries the whole snapshot, so those after it count.
    """
    causes: set[UUID] = set()
    for event in _in_order(events):
        if _is_new(aggregate, event):
            aggregate = evolve(aggregate, event.data)
            if event.causation_id is not None:
                causes.add(event.causation_id)
    return Repaired(aggregate, frozenset(causes))


def drafts_settled_by(events: Collection[Event[EventData]]) -> frozenset[UUID]:
    """The drafts that these events are about."""
    return frozenset(
        event.data.draft_id
        for event in events
        if isinstance(event.data, ReplyApproved | ReplyRejected) and event.data.draft_id
    )


def _in_order(events: Collection[Event[EventData]]) -> Sequence[Event[EventData]]:
    """Each event once, as it was last revised: by version, then those that have none by time."""
    last = {event.id: event for event in sorted(events, key=lambda one: one.revision)}
    return sorted(
        last.values(), key=lambda one: (one.sequence is None, one.sequence, one.time, one.id)
    )


def _is_new(aggregate: TicketAggregate, event: Event[EventData]) -> bool:
    ticket = aggregate.ticket
    if event.sequence is not None:
        return event.sequence > (0 if ticket is None else ticket.snapshot.version)
    match event.data:
        case EscalationRequested(occurred_at=at):
            asked = None if ticket is None else ticket.asked_escalation
            return asked is None or asked.decision.at < at
        case ReplyApproved(draft_id=draft_id) | ReplyRejected(draft_id=draft_id):
            draft = None if draft_id is None else aggregate.drafts.get(draft_id)
            return draft_id is not None and (draft is None or not draft.is_settled)
    return False
