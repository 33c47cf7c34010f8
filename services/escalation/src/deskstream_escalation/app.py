"""Builds the service: the only place where its parts are made and joined."""

from collections.abc import Mapping
from datetime import timedelta

from deskstream_escalation.adapters.policy_file import load_policy
from deskstream_escalation.adapters.rule_compiler import RuleCompiler
from deskstream_escalation.adapters.rule_file import load_rules
from deskstream_escalation.api.routes import policies_router
from deskstream_escalation.domain.evolve import EXTERNAL_EVENTS
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.rebuild import OWN_EVENTS
from deskstream_escalation.handlers.events import EventHandlers
from deskstream_escalation.handlers.rebuild import RebuildHandlers
from deskstream_escalation.handlers.schedules import ClockSchedule
from deskstream_escalation.settings import Settings
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.log_time import LogTime
from deskstream_runtime.consuming.routing import on
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service

TABLES: Mapping[str, tuple[str, ...]] = {"ticket_case": (), "sla_clock": ()}
"""All are made again from the log."""


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to be started.

    Raises `InvalidFile` when the rules or service levels cannot be used.
    """
    infrastructure = Infrastructure("escalation", settings, clock)
    policies = Policies(
        rules=load_rules(settings.rules_file, RuleCompiler()),
        sla=load_policy(settings.sla_file),
        triage_wait=timedelta(seconds=settings.sla_triage_wait_s),
    )
    log_time = LogTime(infrastructure)
    events = EventHandlers(policies, infrastructure.clock)
    rebuild = RebuildHandlers(policies, infrastructure.clock)
    schedule = ClockSchedule(policies, log_time.now, settings.sla_clocks_per_tick_max)
    return Service(
        infrastructure,
        routes=[on(events.decide_on_events, *EXTERNAL_EVENTS), log_time.route()],
        scheduled_jobs=[
            ScheduledJob("sla_clocks", settings.sla_tick_interval_s, schedule.check_due_clocks)
        ],
        routers=[policies_router(policies, infrastructure.database)],
        background=[log_time.run],
        warnings=log_time.warnings,
        rebuild=RebuildPlan([on(rebuild.rebuild_tickets, *EXTERNAL_EVENTS, *OWN_EVENTS)], TABLES),
    )
