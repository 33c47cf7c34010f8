"""Builds the service: the only place where its parts are made and joined."""

from collections.abc import Mapping

from deskstream_contracts.events.notification import NotificationSent
from deskstream_ingest.api.conversation import conversation_router
from deskstream_ingest.api.drafts import drafts_router
from deskstream_ingest.api.ticket_commands import TicketCommands
from deskstream_ingest.api.tickets import tickets_router
from deskstream_ingest.domain.commands import FACT_TYPES
from deskstream_ingest.domain.remember import OWN
from deskstream_ingest.handlers.events import FactHandlers
from deskstream_ingest.handlers.remember import Memory
from deskstream_ingest.handlers.repair import repair
from deskstream_ingest.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.own_log import OwnLog
from deskstream_runtime.rebuild_plan import RebuildPlan
from deskstream_runtime.routing import on
from deskstream_runtime.service import Core, Service

TABLES: Mapping[str, tuple[str, ...]] = {"ticket": (), "draft": (), "provider_message": ()}
"""All are made again from the log."""


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to be started."""
    core = Core("ingest", settings, clock)
    own_log = OwnLog(core.name, settings.kafka, core.database, repair)
    facts = FactHandlers(core.clock, own_log)
    tickets = TicketCommands(core.commands, core.clock, settings.address_rules, own_log)
    provider_messages = on(facts.keep_provider_messages, NotificationSent)
    return Service(
        core,
        routes=[on(facts.take_facts, *FACT_TYPES), provider_messages],
        routers=[tickets_router(tickets), conversation_router(tickets), drafts_router(tickets)],
        own_log=own_log,
        rebuild=RebuildPlan([on(Memory().take, *OWN, *FACT_TYPES), provider_messages], TABLES),
    )
