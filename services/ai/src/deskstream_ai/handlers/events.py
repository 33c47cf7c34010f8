"""Ticket events into conversations, and each new customer message into work.

An imported message is kept as any other, so that later answers know of it. It is work only where
someone asked that it be analysed.
"""

from collections.abc import Sequence
from datetime import datetime

from deskstream_ai.adapters import conversation_repository
from deskstream_ai.adapters.conversation_repository import StoredMessage
from deskstream_ai.domain.events import Cause
from deskstream_ai.handlers.workers.analyze_message import AnalyzeMessage
from deskstream_ai.handlers.workers.analyze_past_message import AnalyzePastMessage
from deskstream_contracts import Event, follow_id
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.ticket import TicketCreated, TicketMessageAdded, TicketUpdated
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects, Work
from deskstream_runtime.postgres.connection import Transaction


class ConversationHandlers:
    """Keeps what was said. Any order and any number of the same event leave the same rows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def ticket_created(
        self, tx: Transaction, events: Sequence[Event[TicketCreated]]
    ) -> Effects:
        """A new conversation with its first message."""
        await conversation_repository.save_tickets(tx, events)
        await conversation_repository.save_subjects(tx, events)
        new = await conversation_repository.save_messages(
            tx, [_first_message(event) for event in events]
        )
        return self._to_understand([e for e in events if e.data.message_id in new])

    async def message_added(
        self, tx: Transaction, events: Sequence[Event[TicketMessageAdded]]
    ) -> Effects:
        """One more message. Ours and notes are kept to be shown, the customer's are work."""
        new = await conversation_repository.save_messages(tx, [_message(event) for event in events])
        inbound = [e for e in events if e.data.message_id in new and e.data.kind == "inbound"]
        return self._to_understand(inbound)

    async def ticket_updated(
        self, tx: Transaction, events: Sequence[Event[TicketUpdated]]
    ) -> Effects:
        """Perhaps a new subject."""
        await conversation_repository.save_subjects(tx, events)
        return NO_EFFECTS

    async def customer_enriched(
        self, tx: Transaction, events: Sequence[Event[CustomerEnriched]]
    ) -> Effects:
        """What a shop or CRM knows of a customer."""
        await conversation_repository.save_customers(tx, events)
        return NO_EFFECTS

    def _to_understand(
        self, events: Sequence[Event[TicketCreated] | Event[TicketMessageAdded]]
    ) -> Effects:
        """A revised event is one whose text was erased: there is nothing left to understand."""
        now = self._clock()
        return Effects(
            work=[
                _work(event, _task(event), now)
                for event in events
                if event.revision == 1 and (event.data.analyse or not event.data.imported)
            ]
        )


def _task(
    event: Event[TicketCreated] | Event[TicketMessageAdded],
) -> AnalyzeMessage | AnalyzePastMessage:
    data, cause = event.data, Cause.of(event)
    if data.imported:
        return AnalyzePastMessage(
            message_id=data.message_id, occurred_at=data.occurred_at, cause=cause
        )
    return AnalyzeMessage(message_id=data.message_id, cause=cause)


def _work(
    event: Event[TicketCreated] | Event[TicketMessageAdded],
    task: AnalyzeMessage | AnalyzePastMessage,
    now: datetime,
) -> Work:
    return Work(
        id=follow_id(event.id, task.kind),
        kind=task.kind,
        subject=event.subject,
        payload=task,
        due_at=now,
    )


def _first_message(event: Event[TicketCreated]) -> StoredMessage:
    data = event.data
    return StoredMessage(
        message_id=data.message_id,
        ticket_id=event.subject,
        kind="inbound",
        body=data.body,
        language=data.language,
        occurred_at=data.occurred_at,
        revision=event.revision,
    )


def _message(event: Event[TicketMessageAdded]) -> StoredMessage:
    data = event.data
    return StoredMessage(
        message_id=data.message_id,
        ticket_id=event.subject,
        kind=data.kind,
        body=data.body,
        language=data.language,
        occurred_at=data.occurred_at,
        revision=event.revision,
    )
