"""notify, put together."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from fastapi import APIRouter

from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.reply import ReplyApproved
from deskstream_notify.adapters.circuit_breakers import CircuitBreakers
from deskstream_notify.adapters.mail_composer import MailComposer
from deskstream_notify.adapters.mail_sender import MailSender
from deskstream_notify.adapters.notification_rebuild import keep_untold
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.adapters.python_version import warn_of_python
from deskstream_notify.adapters.signing_secrets import SecretCipher
from deskstream_notify.adapters.subscription_repository import SubscriptionSecrets
from deskstream_notify.adapters.webhook_sender import WebhookSender
from deskstream_notify.api.deliveries import deliveries_router
from deskstream_notify.api.notifications import notifications_router
from deskstream_notify.api.webhooks import WebhookRoutes
from deskstream_notify.domain.message import AlertMail, Message, ReplyMail, WebhookCall
from deskstream_notify.domain.subscription import SUBSCRIBABLE_EVENTS
from deskstream_notify.handlers.alert_batching import AlertBatching
from deskstream_notify.handlers.delivery_work import ALERT_KIND, REPLY_KIND, WEBHOOK_KIND
from deskstream_notify.handlers.events import EventHandlers
from deskstream_notify.handlers.rebuild import OUTCOME_EVENTS, RebuildHandlers
from deskstream_notify.handlers.schedules import EVERY_S, Retention
from deskstream_notify.handlers.workers import Begin, DeliveryWorker, Sender, alone
from deskstream_notify.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import Route, on
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service
from deskstream_runtime.work.kind import Shares, WorkKind

TABLES: Mapping[str, tuple[str, ...]] = {
    "notification": ("seq",),
    "delivery_report": (),
    "ticket_words": ("noted_at",),
    "webhook_event": ("stored_at",),
}
"""Those made again from the log. Subscriptions are not: their secrets are nowhere else."""

M = TypeVar("M", bound=Message)

# How often is not what ends a delivery: its age is (`give_up_after_h`).
_ATTEMPTS_MAX = 1_000_000
# Around a call: finding the row's secret and writing the ledger.
_BOOKKEEPING_S = 10.0


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to run."""
    infrastructure = Infrastructure("notify", settings, clock)
    ledger = Ledger(infrastructure.database)
    secrets = SubscriptionSecrets(SecretCipher(settings.webhook.secret_keys))
    webhooks = WebhookSender(settings.webhook, infrastructure.database, secrets, clock)
    breakers = CircuitBreakers(settings.breaker_failures_max, settings.breaker_rest_s, clock)
    retention = Retention(ledger, clock, settings.notification_kept, settings.payload_kept)
    taken = routes(settings, ledger, clock)

    async def keep(tx: Transaction) -> None:
        await keep_untold(tx)
        await retention.all_of_it(tx, utc_now())

    return Service(
        infrastructure,
        routes=taken,
        work=work_kinds(settings, infrastructure.database, ledger, webhooks, breakers, clock),
        scheduled_jobs=[ScheduledJob("forget", EVERY_S, retention.act)],
        routers=_routers(infrastructure, settings, ledger, secrets, breakers),
        rebuild=RebuildPlan(
            [*taken, on(RebuildHandlers(clock).ended, *OUTCOME_EVENTS)], TABLES, keep
        ),
        background=[lambda: _close_at_the_end(webhooks), warn_of_python],
        breakers={
            "webhook": breakers.open_subscriptions,
            "host": breakers.open_hosts,
        },
    )


def routes(settings: Settings, ledger: Ledger, clock: Clock) -> list[Route]:
    """Which handler takes which events."""
    handlers = EventHandlers(
        ledger,
        clock,
        settings.alert_addresses,
        settings.notification_age_max,
        settings.alert_gather,
        settings.special_domains,
        customer_words=settings.alert_customer_words,
    )
    return [
        on(handlers.plan_replies, ReplyApproved),
        on(handlers.announce, *SUBSCRIBABLE_EVENTS),
        on(handlers.save_reports, DeliveryUpdated),
    ]


def work_kinds(
    settings: Settings,
    database: Database,
    ledger: Ledger,
    webhooks: WebhookSender,
    breakers: CircuitBreakers,
    clock: Clock,
) -> list[WorkKind[Any]]:
    """Replies, alerts and webhooks have pools of their own: none waits for another.

    Webhooks share theirs out between subscriptions.
    """
    composer = MailComposer(
        settings.smtp.sender_address, settings.public_url, settings.special_domains
    )
    gathering = AlertBatching(
        database, ledger, settings.alert_gather, customer_words=settings.alert_customer_words
    )

    def kind(
        name: str,
        message_type: type[M],
        sender: Sender[M],
        begin: Begin[M],
        concurrency_max: int,
        timeout_s: float,
        give_up_after_h: float,
        doubtful_give_up_after_h: float,
        shares: Callable[[], Shares] | None = None,
    ) -> WorkKind[Any]:
        delivery = DeliveryWorker(
            message_type,
            sender,
            ledger,
            breakers,
            clock,
            begin,
            retry_first_s=settings.retry_first_s,
            retry_max_s=settings.retry_max_s,
            give_up_after=timedelta(hours=give_up_after_h),
            doubtful_give_up_after=timedelta(hours=doubtful_give_up_after_h),
        )
        return WorkKind(
            name,
            delivery.perform,
            delivery.finish,
            delivery.give_up,
            concurrency_max=concurrency_max,
            attempts_max=_ATTEMPTS_MAX,
            timeout_s=timeout_s + _BOOKKEEPING_S,
            retry_first_s=settings.retry_first_s,
            retry_max_s=settings.retry_max_s,
            shares=shares,
        )

    smtp, calls = settings.smtp, settings.webhook
    given_up_h = smtp.give_up_after_h
    mail_limits = (smtp.concurrency_max, smtp.timeout_s * 3, given_up_h, given_up_h)
    replies = MailSender(smtp, composer.reply)
    alerts = MailSender(smtp, composer.alert)
    return [
        kind(REPLY_KIND, ReplyMail, replies, alone(ledger), *mail_limits),
        kind(ALERT_KIND, AlertMail, alerts, gathering.begin, *mail_limits),
        kind(
            WEBHOOK_KIND,
            WebhookCall,
            webhooks,
            alone(ledger),
            calls.concurrency_max,
            calls.timeout_s,
            calls.give_up_after_h,
            calls.rejected_give_up_after_h,
            breakers.shares,
        ),
    ]


def _routers(
    infrastructure: Infrastructure,
    settings: Settings,
    ledger: Ledger,
    secrets: SubscriptionSecrets,
    breakers: CircuitBreakers,
) -> list[APIRouter]:
    webhooks = WebhookRoutes(
        infrastructure.commands,
        infrastructure.unit_of_work,
        infrastructure.database,
        secrets,
        ledger,
        infrastructure.clock,
        breakers,
        private_allowed=settings.webhook.allow_private_networks,
        subscriptions_max=settings.webhook.subscriptions_max,
    )
    deliveries = deliveries_router(
        infrastructure.commands,
        infrastructure.database,
        ledger,
        breakers,
        infrastructure.clock,
        redeliver_max=settings.webhook.redeliver_max,
    )
    return [webhooks.router(), deliveries, notifications_router(infrastructure.database)]


async def _close_at_the_end(webhooks: WebhookSender) -> None:
    """Lives as long as the service does, then closes the connections."""
    try:
        await asyncio.Event().wait()
    finally:
        await webhooks.close()
