"""Builds the service: the only place where its parts are made and joined."""

from collections.abc import Mapping

from deskstream_contracts.events.csat import CsatReceived
from deskstream_newservice.api.routes import ratings_router
from deskstream_newservice.handlers.events import EventHandlers
from deskstream_newservice.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import on
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service

TABLES: Mapping[str, tuple[str, ...]] = {"rating": ()}
"""All are rebuilt from the log."""


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to be started."""
    infrastructure = Infrastructure("newservice", settings, clock)
    ratings = on(EventHandlers().keep_ratings, CsatReceived)
    return Service(
        infrastructure,
        routes=[ratings],
        routers=[ratings_router(infrastructure.database)],
        rebuild=RebuildPlan([ratings], TABLES),
    )
