"""Builds the service: the only place where its parts are made and joined."""

from collections.abc import Mapping
from datetime import timedelta

from deskstream_projection.adapters.change_feed_follower import ChangeFeedFollower
from deskstream_projection.adapters.read_model_store import ReadModelStore, forget_minutes_again
from deskstream_projection.adapters.wakeups import Wakeups
from deskstream_projection.api.live.hub import Hub
from deskstream_projection.api.live.socket import live_router
from deskstream_projection.api.routes.summary import summary_router
from deskstream_projection.api.routes.tickets import tickets_router
from deskstream_projection.domain.fold import EVENT_TYPES
from deskstream_projection.handlers.events import EventHandlers
from deskstream_projection.handlers.schedules import Retention
from deskstream_projection.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import on
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service

_FORGET_MINUTES_EVERY_S = 3_600.0

TABLES: Mapping[str, tuple[str, ...]] = {
    "ticket": (),
    "ticket_text": (),
    "message": (),
    "draft": (),
    "customer": (),
    "timeline": ("transaction_id",),
    "roll_up": (),
}
"""All are rebuilt from the log. Live clients resume from a `transaction_id`, or load anew."""


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to be started."""
    infrastructure = Infrastructure("projection", settings, clock)
    database = infrastructure.database
    follower = ChangeFeedFollower(database, settings.live)
    wakeups = Wakeups(infrastructure.valkey, settings.notices_channel, follower.wake)
    hub = Hub(follower, database, clock, settings.live)
    minutes_kept = timedelta(days=settings.minutes_kept_days)

    def committed() -> None:
        follower.wake()
        wakeups.publish_soon()

    events = EventHandlers(ReadModelStore(), committed)
    routes = [on(events.project, *EVENT_TYPES)]
    return Service(
        infrastructure,
        routes=routes,
        scheduled_jobs=[
            ScheduledJob(
                "forget_minutes",
                _FORGET_MINUTES_EVERY_S,
                Retention(clock, minutes_kept).forget_minutes,
            )
        ],
        routers=[
            tickets_router(database, follower, settings.min_version_wait_s),
            summary_router(database, clock, settings.summary, minutes_kept),
            live_router(hub, settings.live),
        ],
        background=[follower.run, wakeups.publish, wakeups.receive, hub.send_metrics],
        rebuild=RebuildPlan(routes, TABLES, forget_minutes_again),
    )
