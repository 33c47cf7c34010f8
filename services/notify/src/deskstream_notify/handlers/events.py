"""Events in, notifications and work out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.reply import ReplyApproved
from deskstream_notify.adapters import (
    delivery_report_repository,
    notification_repository,
    subscription_repository,
    ticket_words_repository,
    webhook_event_repository,
)
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
from deskstream_notify.settings import Settings
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

_log = structlog.get_logger()


class EventHandlers:
    """Each plans notifications. One that is stored already is not sent again."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings

    async def plan_replies(
        self, tx: Transaction, events: Sequence[Event[ReplyApproved]]
    ) -> Effects:
        """Plans a mail to the customer for each reply, or announces that it is undeliverable."""
        now, age_max = self._clock(), self._settings.notification_age_max
        domains = self._settings.special_domains
        planned = [(reply_to_customer(event, now, age_max, domains), event) for event in events]
        new = await self._store(tx, [notification for notification, _ in planned], events, now)
        failures = [undeliverable(event, one) for one, event in planned if one.id in new]
        return Effects(
            events=[event for event in failures if event is not None],
            work=[work_for(one) for one in new.values() if one.message],
        )

    async def plan_calls_and_alerts(
        self, tx: Transaction, events: Sequence[Event[SubscribableEvent]]
    ) -> Effects:
        """Plans calls to subscribed systems, and alerts to the people on duty."""
        now, age_max = self._clock(), self._settings.notification_age_max
        addresses, window = self._settings.alert_addresses, self._settings.alert_batch_window
        await self._save_words(tx, events, now)
        events = [event for event in events if not is_imported(event)]
        subscriptions = await subscription_repository.load_enabled(tx)
        planned: list[Notification] = []
        for event in events:
            planned += webhook_calls(event, subscriptions, now, age_max)
            planned += alerts(event, addresses, now, age_max, window)
        new = await self._store(tx, planned, events, now)
        to_send = [one for one in new.values() if one.message]
        called = {(one.cause_id, one.cause_revision) for one in to_send if one.channel == "webhook"}
        await webhook_event_repository.insert(
            tx, [event for event in events if (event.id, event.revision) in called], now
        )
        await webhook_event_repository.erase(tx, events)
        return Effects(work=[work_for(one) for one in to_send])

    async def save_reports(
        self, tx: Transaction, events: Sequence[Event[DeliveryUpdated]]
    ) -> Effects:
        await delivery_report_repository.save(tx, events)
        return NO_EFFECTS

    async def _save_words(
        self, tx: Transaction, events: Sequence[Event[EventData]], now: datetime
    ) -> None:
        """Stores the customer's words if alerts may quote them, and erases them in any case."""
        if self._settings.alert_customer_words:
            found = [words_in(event) for event in events if event.revision == 1]
            new = [words for words in found if words is not None]
            await ticket_words_repository.save(tx, new, now)
        erased = [event.subject for event in events if erases_words(event)]
        await ticket_words_repository.erase(tx, erased, now)

    async def _store(
        self,
        tx: Transaction,
        planned: Sequence[Notification],
        events: Sequence[Event[EventData]],
        now: datetime,
    ) -> dict[UUID, Notification]:
        """Stores notifications, applies erasures, and returns the new ones by id.

        They are stored first: an event and its revision may be in one batch.
        """
        by_id = {one.id: one for one in planned}
        stored = await notification_repository.insert(tx, list(by_id.values()))
        await notification_repository.erase(tx, events, now)
        new = {one.id: one for one in by_id.values() if one.id in stored}
        too_old = sum(one.skipped == "too_old" for one in new.values())
        if too_old:
            _log.warning("notifications.too_old", count=too_old)
        return new
