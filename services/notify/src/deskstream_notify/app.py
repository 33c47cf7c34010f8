"""Builds the service: the only place where its parts are made and joined."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.reply import ReplyApproved
from deskstream_notify.adapters.circuit_breakers import CircuitBreakers
from deskstream_notify.adapters.mail_composer import MailComposer
from deskstream_notify.adapters.mail_sender import MailSender
from deskstream_notify.adapters.python_version import warn_of_python
from deskstream_notify.adapters.signing_secrets import SecretCipher
from deskstream_notify.adapters.webhook_sender import WebhookSender
from deskstream_notify.api.refusals import REFUSALS
from deskstream_notify.api.routes import deliveries_router, notifications_router, webhooks_router
from deskstream_notify.domain.circuit import BreakerPolicy
from deskstream_notify.domain.message import AlertMail, ReplyMail, WebhookCall
from deskstream_notify.domain.rebuild import OUTCOME_EVENTS
from deskstream_notify.domain.subscription import SUBSCRIBABLE_EVENTS
from deskstream_notify.handlers.alert_batching import AlertBatching
from deskstream_notify.handlers.attempts import one_by_one
from deskstream_notify.handlers.commands import CommandHandlers
from deskstream_notify.handlers.events import EventHandlers
from deskstream_notify.handlers.rebuild import RebuildHandlers
from deskstream_notify.handlers.schedules import EVERY_S, Retention
from deskstream_notify.handlers.workers import DeliveryWorker, RetryPolicy
from deskstream_notify.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import Route, on
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service
from deskstream_runtime.work.kind import WorkKind

TABLES: Mapping[str, tuple[str, ...]] = {
    "notification": ("seq",),
    "delivery_report": (),
    "ticket_words": ("noted_at",),
    "webhook_event": ("stored_at",),
}
"""The tables that are rebuilt. Subscriptions are not: their secrets are in no log."""


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to be started."""
    infrastructure = Infrastructure("notify", settings, clock)
    commands, database = infrastructure.commands, infrastructure.database
    cipher = SecretCipher(settings.webhook.secret_keys)
    sender = WebhookSender(settings.webhook, database, cipher, clock)
    breakers = circuit_breakers(settings, clock)
    handlers = CommandHandlers(clock, cipher, breakers, settings.webhook)
    payloads_kept = timedelta(days=settings.webhook.payload_kept_days)
    retention = Retention(clock, settings.notification_kept, payloads_kept)
    rebuild = RebuildHandlers(clock, retention)
    routes = event_routes(settings, clock)
    return Service(
        infrastructure,
        routes=routes,
        work=work_kinds(settings, database, sender, breakers, clock),
        scheduled_jobs=[ScheduledJob("retention", EVERY_S, retention.delete_some)],
        routers=[
            webhooks_router(
                commands,
                infrastructure.unit_of_work,
                database,
                handlers,
                cipher,
                private_allowed=settings.webhook.allow_private_networks,
            ),
            deliveries_router(commands, database, handlers),
            notifications_router(database),
        ],
        refusals=REFUSALS,
        rebuild=RebuildPlan(
            [*routes, on(rebuild.apply_outcomes, *OUTCOME_EVENTS)], TABLES, rebuild.carry_over
        ),
        background=[sender.close_at_the_end, warn_of_python],
        breakers={"webhook": breakers.open_subscriptions, "host": breakers.open_hosts},
    )


def circuit_breakers(settings: Settings, clock: Clock) -> CircuitBreakers:
    """The breakers of all receivers, which the mail server is one of."""
    open_for = timedelta(seconds=settings.breaker_rest_s)
    return CircuitBreakers(BreakerPolicy(settings.breaker_failures_max, open_for), clock)


def event_routes(settings: Settings, clock: Clock) -> list[Route]:
    handlers = EventHandlers(clock, settings)
    return [
        on(handlers.plan_replies, ReplyApproved),
        on(handlers.plan_calls_and_alerts, *SUBSCRIBABLE_EVENTS),
        on(handlers.save_reports, DeliveryUpdated),
    ]


def work_kinds(
    settings: Settings,
    database: Database,
    webhook_sender: WebhookSender,
    breakers: CircuitBreakers,
    clock: Clock,
) -> list[WorkKind[Any]]:
    """Replies, alerts and webhooks have pools of their own: none waits for another.

    The slots of the webhooks' pool are shared between subscriptions.
    """
    smtp, webhook = settings.smtp, settings.webhook
    retries = partial(RetryPolicy, settings.retry_first_s, settings.retry_max_s)
    mail_age_max = timedelta(hours=smtp.give_up_after_h)
    mail_retries = retries(mail_age_max, mail_age_max)
    webhook_retries = retries(
        timedelta(hours=webhook.give_up_after_h), timedelta(hours=webhook.rejected_give_up_after_h)
    )
    # The time-out is that of one step: a mail has three (connect, send, quit).
    mail_limits = (smtp.concurrency_max, smtp.timeout_s * 3)
    composer = MailComposer(smtp.sender_address, settings.public_url, settings.special_domains)
    batching = AlertBatching(
        database, settings.alert_batch_window, customer_words=settings.alert_customer_words
    )
    parts = (database, breakers, clock)
    replies = DeliveryWorker(
        ReplyMail, MailSender(smtp, composer.reply), one_by_one(database), mail_retries, *parts
    )
    alerts = DeliveryWorker(
        AlertMail, MailSender(smtp, composer.alert), batching.begin, mail_retries, *parts
    )
    calls = DeliveryWorker(
        WebhookCall, webhook_sender, one_by_one(database), webhook_retries, *parts
    )
    return [
        replies.kind(*mail_limits),
        alerts.kind(*mail_limits),
        calls.kind(webhook.concurrency_max, webhook.timeout_s, breakers.shares),
    ]
