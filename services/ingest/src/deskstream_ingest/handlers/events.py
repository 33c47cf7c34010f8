"""Events of other services, a batch at a time."""

from collections.abc import Sequence
from typing import Any

import structlog

from deskstream_contracts import Event, EventData, follow_id
from deskstream_contracts.events.notification import NotificationSent
from deskstream_contracts.events.reply import ReplyAutoApproved, ReplyDrafted
from deskstream_ingest.adapters import (
    applied_event_repository,
    provider_message_repository,
    ticket_repository,
)
from deskstream_ingest.adapters.envelopes import following_events
from deskstream_ingest.domain.aggregate import fold
from deskstream_ingest.domain.commands import ApplyEvent, ExternalEvent
from deskstream_ingest.domain.decide import decide
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.postgres.connection import Transaction

_log = structlog.get_logger()


class EventHandlers:
    """Applies triage, escalations, drafts and failed deliveries to tickets, as the rules say."""

    def __init__(self, clock: Clock, own_log: OwnLog) -> None:
        self._clock = clock
        self._own_log = own_log

    async def apply_events(
        self, tx: Transaction, events: Sequence[Event[ExternalEvent]]
    ) -> Effects:
        """Decides one event after the other, on all tickets of the batch loaded at once.

        An event about an unknown ticket is ignored: ingest is the one writer of tickets, and
        its database holds all that the log has of them. Raises `BehindTheLog` while it may not. An
        event that was applied before the database was set back leads to no new event.
        """
        self._own_log.require()
        at = self._clock()
        applied = await applied_event_repository.among(tx, [event.id for event in events])
        before = await ticket_repository.load_many(
            tx, {event.subject for event in events}, _drafts_of(events)
        )
        after = dict(before)
        followed: list[Event[Any]] = []
        for event in events:
            command = ApplyEvent(event.data, message_id=follow_id(event.id, "message"), at=at)
            new_events = () if event.id in applied else decide(after[event.subject], command)
            after[event.subject] = fold(after[event.subject], (event.data, *new_events))
            followed += following_events(event, new_events, at)
        await ticket_repository.save(tx, before, after.values())
        unknown = sum(aggregate.ticket is None for aggregate in after.values())
        if unknown:
            _log.warning("events.tickets_unknown", tickets=unknown)
        return Effects(events=followed)

    async def keep_provider_messages(
        self, tx: Transaction, events: Sequence[Event[NotificationSent]]
    ) -> Effects:
        await provider_message_repository.keep(tx, events)
        return NO_EFFECTS


def _drafts_of(events: Sequence[Event[ExternalEvent]]) -> set[ticket_repository.DraftKey]:
    drafts: list[tuple[Event[EventData], ReplyDrafted | ReplyAutoApproved]] = [
        (event, event.data)
        for event in events
        if isinstance(event.data, ReplyDrafted | ReplyAutoApproved)
    ]
    return {(event.subject, draft.draft_id) for event, draft in drafts}
