"""Fixtures of the escalation tests: the real parts, and the rules as they are shipped."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest
from escalation_tables import Tables

from deskstream_escalation.adapters.policy_file import load_policy
from deskstream_escalation.adapters.rule_compiler import RuleCompiler
from deskstream_escalation.adapters.rule_file import load_rules
from deskstream_escalation.app import build
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.handlers.events import EventHandlers
from deskstream_escalation.handlers.schedules import ClockSchedule
from deskstream_escalation.settings import Settings
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.service import Service
from deskstream_runtime.testing.app import running_app
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.tables import empty_tables, opened


@pytest.fixture(scope="session")
def policies() -> Policies:
    """The rules and service levels of the package."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Policies(
        rules=load_rules(defaults["rules_file"], RuleCompiler()),
        sla=load_policy(defaults["sla_file"]),
        triage_wait=timedelta(seconds=defaults["sla_triage_wait_s"]),
    )


@pytest.fixture(scope="session")
def service(service_settings: SettingsFactory) -> Service:
    """One service and one database for all tests, so that a test takes no longer than it must."""
    return build(service_settings(Settings, "deskstream_escalation"), ManualClock())


@pytest.fixture
async def tables(service: Service, policies: Policies, clock: ManualClock) -> AsyncIterator[Tables]:
    """The handlers on real tables, emptied, without a log."""

    async def log_time(tx: Transaction) -> datetime:
        return clock()

    schedule = ClockSchedule(policies, log_time, clocks_max=500)
    async with opened(service.infrastructure) as infrastructure:
        await empty_tables(infrastructure)
        yield Tables(infrastructure, EventHandlers(policies, clock), schedule)


@pytest.fixture
async def http(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service's HTTP edge, over empty tables."""
    async with running_app(service) as app:
        await empty_tables(app.infrastructure)
        yield app.http
