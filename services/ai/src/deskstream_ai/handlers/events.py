"""Events of other services. New messages and requests for drafts are work."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from deskstream_ai.adapters import conversation_repository, draft_repository
from deskstream_ai.adapters.conversation_repository import MessageEvent
from deskstream_ai.handlers.workers.payloads import AnalyzeMessage, AnalyzePastMessage, DraftReply
from deskstream_contracts import Cause, Event, EventData, follow_id
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected, ReplyRequested
from deskstream_contracts.events.ticket import TicketCreated, TicketMessageAdded, TicketUpdated
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects, Work
from deskstream_runtime.postgres.connection import Transaction


class EventHandlers:
    """Any order and any number of the same event leave the same rows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def ticket_created(
        self, tx: Transaction, events: Sequence[Event[TicketCreated]]
    ) -> Effects:
        """Stores a conversation with its first message, which is work."""
        await conversation_repository.save_tickets(tx, events)
        await conversation_repository.save_subjects(tx, events)
        return self._analysis(events, await conversation_repository.save_messages(tx, events))

    async def message_added(
        self, tx: Transaction, events: Sequence[Event[TicketMessageAdded]]
    ) -> Effects:
        """Stores every message as context for a model. The customer's are work."""
        new = await conversation_repository.save_messages(tx, events)
        return self._analysis([event for event in events if event.data.kind == "inbound"], new)

    async def ticket_updated(
        self, tx: Transaction, events: Sequence[Event[TicketUpdated]]
    ) -> Effects:
        await conversation_repository.save_subjects(tx, events)
        return NO_EFFECTS

    async def customer_enriched(
        self, tx: Transaction, events: Sequence[Event[CustomerEnriched]]
    ) -> Effects:
        """Stores what a shop or CRM knows of a customer."""
        await conversation_repository.save_customers(tx, events)
        return NO_EFFECTS

    async def reply_requested(
        self, tx: Transaction, events: Sequence[Event[ReplyRequested]]
    ) -> Effects:
        """Stores requests for drafts. Each is work once."""
        new = await draft_repository.save_requests(tx, events)
        now = self._clock()
        return Effects(
            work=[
                _work(event, DraftReply(cause=Cause.of(event), **dict(event.data)), now)
                for event in events
                if event.data.request_id in new
            ]
        )

    async def draft_decided(
        self, tx: Transaction, events: Sequence[Event[ReplyApproved | ReplyRejected]]
    ) -> Effects:
        """Stores which drafts were good enough, perhaps after an edit, and why others were not."""
        on_drafts = [event for event in events if event.data.draft_id is not None]
        await draft_repository.save_feedback(tx, on_drafts)
        return NO_EFFECTS

    def _analysis(self, events: Sequence[MessageEvent], new: set[UUID]) -> Effects:
        """The work on new messages; on imported ones only if their analysis is asked for.

        A revised event is one whose text was erased: it leaves nothing to analyze.
        """
        now = self._clock()
        return Effects(
            work=[
                _work(event, _payload(event), now)
                for event in events
                if event.data.message_id in new
                and event.revision == 1
                and (event.data.analyse or not event.data.imported)
            ]
        )


def _payload(event: MessageEvent) -> AnalyzeMessage | AnalyzePastMessage:
    data, cause = event.data, Cause.of(event)
    if data.imported:
        return AnalyzePastMessage(
            message_id=data.message_id, occurred_at=data.occurred_at, cause=cause
        )
    return AnalyzeMessage(message_id=data.message_id, cause=cause)


def _work(
    event: Event[EventData],
    payload: AnalyzeMessage | AnalyzePastMessage | DraftReply,
    now: datetime,
) -> Work:
    return Work(
        id=follow_id(event.id, payload.kind),
        kind=payload.kind,
        subject=event.subject,
        payload=payload,
        due_at=now,
    )
