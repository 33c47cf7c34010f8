"""What notify does with the events it reads."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.reply import ReplyApproved
from deskstream_notify.adapters import subscription_repository, webhook_event_repository
from deskstream_notify.adapters.delivery_report_repository import record_reports
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.adapters.ticket_words_repository import erase_words, note_words
from deskstream_notify.domain.notification import Notification
from deskstream_notify.domain.planning import (
    alerts,
    reply_to_customer,
    undeliverable,
    webhook_calls,
)
from deskstream_notify.domain.subscription import SubscribableEvent, is_imported
from deskstream_notify.domain.ticket_words import erases_words, words_in
from deskstream_notify.handlers.delivery_work import work_for
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

_log = structlog.get_logger()


class EventHandlers:
    """Events in, ledger rows and work out. What the ledger knows already is not sent again."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        alert_addresses: Sequence[str],
        age_max: timedelta,
        gather: timedelta,
        special_domains: frozenset[str],
        *,
        customer_words: bool,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._alert_addresses = tuple(alert_addresses)
        self._age_max = age_max
        self._gather = gather
        self._special_domains = special_domains
        self._customer_words = customer_words

    async def plan_replies(
        self, tx: Transaction, events: Sequence[Event[ReplyApproved]]
    ) -> Effects:
        """An approved reply goes to the customer by e-mail, or the agents learn that it cannot."""
        now = self._clock()
        planned = [
            (reply_to_customer(event, now, self._age_max, self._special_domains), event)
            for event in events
        ]
        new = await self._record(tx, [notification for notification, _ in planned], events, now)
        told = [undeliverable(event, one) for one, event in planned if one.id in new]
        return Effects(
            events=[event for event in told if event is not None],
            work=[work_for(one) for one in new.values() if one.message],
        )

    async def announce(
        self, tx: Transaction, events: Sequence[Event[SubscribableEvent]]
    ) -> Effects:
        """What happens goes to subscribed systems; what alarms, also to the people on duty."""
        now = self._clock()
        await self._note_words(tx, events, now)
        events = [event for event in events if not is_imported(event)]
        active = await subscription_repository.active(tx)
        planned: list[Notification] = []
        for event in events:
            planned += webhook_calls(event, active, now, self._age_max)
            planned += alerts(event, self._alert_addresses, now, self._age_max, self._gather)
        new = await self._record(tx, planned, events, now)
        sent = [one for one in new.values() if one.message]
        called = {(one.cause_id, one.cause_revision) for one in sent if one.channel == "webhook"}
        await webhook_event_repository.keep(
            tx, [event for event in events if (event.id, event.revision) in called], now
        )
        await webhook_event_repository.erase(tx, events)
        return Effects(work=[work_for(one) for one in sent])

    async def save_reports(
        self, tx: Transaction, events: Sequence[Event[DeliveryUpdated]]
    ) -> Effects:
        """What a provider reports later is kept beside the notification."""
        await record_reports(tx, events)
        return NO_EFFECTS

    async def _note_words(
        self, tx: Transaction, events: Sequence[Event[EventData]], now: datetime
    ) -> None:
        """Keeps the customer's words for alerts that may tell them, until they are erased."""
        if self._customer_words:
            found = [words_in(event) for event in events if event.revision == 1]
            await note_words(tx, [words for words in found if words is not None], now)
        await erase_words(tx, [event.subject for event in events if erases_words(event)], now)

    async def _record(
        self,
        tx: Transaction,
        planned: Sequence[Notification],
        events: Sequence[Event[EventData]],
        now: datetime,
    ) -> dict[UUID, Notification]:
        """Enters them in the ledger, minds revisions, and returns those that are new by id.

        Entered first: an event and its revision may be in one batch.
        """
        by_id = {one.id: one for one in planned}
        recorded = await self._ledger.record(tx, list(by_id.values()))
        await self._ledger.erase(tx, events, now)
        new = {one.id: one for one in by_id.values() if one.id in recorded}
        too_old = sum(one.skipped == "too_old" for one in new.values())
        if too_old:
            _log.warning("notifications.too_old", count=too_old)
        return new
