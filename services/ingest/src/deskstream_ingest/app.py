"""Builds the service: the only place where its parts are made and joined."""

from collections.abc import Mapping

from deskstream_contracts.events.notification import NotificationSent
from deskstream_ingest.api.refusals import REFUSALS
from deskstream_ingest.api.routes import creation_router, ticket_routers
from deskstream_ingest.domain.commands import EXTERNAL_EVENTS
from deskstream_ingest.domain.rebuild import OWN
from deskstream_ingest.handlers.commands import CommandHandlers
from deskstream_ingest.handlers.events import EventHandlers
from deskstream_ingest.handlers.rebuild import RebuildHandlers
from deskstream_ingest.handlers.repair import repair
from deskstream_ingest.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import on
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service

TABLES: Mapping[str, tuple[str, ...]] = {"ticket": (), "draft": (), "provider_message": ()}
"""All are made again from the log."""


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to be started."""
    infrastructure = Infrastructure("ingest", settings, clock)
    own_log = OwnLog(infrastructure.name, settings.kafka, infrastructure.database, repair)
    events = EventHandlers(infrastructure.clock, own_log)
    commands = CommandHandlers(infrastructure.clock, own_log)
    provider_messages = on(events.keep_provider_messages, NotificationSent)
    return Service(
        infrastructure,
        routes=[on(events.apply_events, *EXTERNAL_EVENTS), provider_messages],
        routers=[
            creation_router(
                infrastructure.commands, commands, settings.address_rules, infrastructure.clock
            ),
            *ticket_routers(infrastructure.commands, commands, infrastructure.clock),
        ],
        refusals=REFUSALS,
        own_log=own_log,
        rebuild=RebuildPlan(
            [on(RebuildHandlers().rebuild_tickets, *OWN, *EXTERNAL_EVENTS), provider_messages],
            TABLES,
        ),
    )
