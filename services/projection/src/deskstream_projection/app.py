"""Where the projection is put together."""

from collections.abc import Mapping
from datetime import timedelta

from deskstream_projection.adapters.change_feed_follower import ChangeFeedFollower, FollowerLimits
from deskstream_projection.adapters.read_model_store import ReadModelStore, forget_minutes_again
from deskstream_projection.adapters.wakeups import Wakeups
from deskstream_projection.api.live.hub import Hub
from deskstream_projection.api.live.socket import LiveLimits, live_router
from deskstream_projection.api.routes.summary import SummaryLimits, summary_router
from deskstream_projection.api.routes.tickets import tickets_router
from deskstream_projection.handlers.events import EventHandlers
from deskstream_projection.handlers.schedules import Retention
from deskstream_projection.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service

_FORGET_MINUTES_EVERY_S = 3_600.0
_WAKEUPS_RETRY_S = 1.0

TABLES: Mapping[str, tuple[str, ...]] = {
    "ticket": (),
    "ticket_text": (),
    "message": (),
    "draft": (),
    "customer": (),
    "timeline": ("transaction_id",),
    "roll_up": (),
}
"""All are made again from the log. Live clients go on from a `transaction_id`, or fetch anew."""


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to run."""
    infrastructure = Infrastructure("projection", settings, clock)
    follower = ChangeFeedFollower(
        infrastructure.database,
        FollowerLimits(
            poll_s=settings.live_poll_s,
            interval_s=settings.live_interval_ms / 1000,
            facts_max=settings.live_replay_facts_max,
        ),
    )
    wakeups = Wakeups(
        infrastructure.valkey, settings.notices_channel, _WAKEUPS_RETRY_S, follower.wake
    )
    hub = Hub(
        follower,
        infrastructure.database,
        clock,
        metrics_interval_s=settings.live_metrics_interval_s,
        replay_facts_max=settings.live_replay_facts_max,
    )

    def committed() -> None:
        follower.wake()
        wakeups.publish_soon()

    retention = Retention(clock, timedelta(days=settings.minutes_kept_days))
    routes = [EventHandlers(ReadModelStore(), committed).route()]
    return Service(
        infrastructure,
        routes=routes,
        scheduled_jobs=[
            ScheduledJob("forget_minutes", _FORGET_MINUTES_EVERY_S, retention.forget_minutes)
        ],
        routers=[
            tickets_router(infrastructure.database, follower, settings.min_version_wait_s),
            summary_router(infrastructure.database, clock, _summary_limits(settings)),
            live_router(hub, _live_limits(settings)),
        ],
        background=[follower.run, wakeups.publish, wakeups.receive, hub.send_metrics],
        rebuild=RebuildPlan(routes, TABLES, forget_minutes_again),
    )


def _live_limits(settings: Settings) -> LiveLimits:
    return LiveLimits(
        clients_max=settings.live_clients_max,
        queue_max=settings.live_queue_max,
        message_max_chars=settings.live_message_max_chars,
        bad_messages_max=settings.live_bad_messages_max,
        messages_per_s=settings.live_messages_per_s,
        messages_burst=settings.live_messages_burst,
        authenticate_within_s=settings.live_authenticate_within_s,
        check_key_every_s=settings.live_check_key_every_s,
        send_timeout_s=settings.live_send_timeout_s,
    )


def _summary_limits(settings: Settings) -> SummaryLimits:
    return SummaryLimits(
        buckets_max=settings.summary_buckets_max,
        days_max=settings.summary_days_max,
        minutes_kept_days=settings.minutes_kept_days,
    )
