"""Fixtures of the escalation tests: the real parts, and the rules as they are shipped."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from escalation_tables import Tables

from deskstream_escalation.adapters.policy_file import load_policy
from deskstream_escalation.adapters.rule_compiler import RuleCompiler
from deskstream_escalation.adapters.rule_file import load_rules
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.handlers.events import EventHandlers
from deskstream_escalation.handlers.schedules import ClockSchedule
from deskstream_escalation.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.documented import DocumentedTransport


@pytest.fixture(scope="session")
def policies() -> Policies:
    """The rules and service levels of the package."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Policies(
        load_rules(defaults["rules_file"], RuleCompiler()),
        load_policy(defaults["sla_file"]),
        triage_wait=timedelta(seconds=defaults["sla_triage_wait_s"]),
    )


@pytest.fixture
async def tables(
    service_settings: Callable[..., Any], policies: Policies, clock: ManualClock
) -> AsyncIterator[Tables]:
    """The handlers on real tables, without a log."""
    infrastructure = Infrastructure(
        "escalation", service_settings(Settings, "deskstream_escalation"), clock
    )
    await infrastructure.database.open()

    async def log_time(tx: Transaction) -> datetime:
        return clock()

    schedule = ClockSchedule(policies, log_time, clocks_max=500)
    yield Tables(infrastructure, EventHandlers(policies, clock), schedule)
    await infrastructure.database.close()
    await infrastructure.valkey.aclose()


@pytest.fixture
async def http(service_settings: Callable[..., Any], api_key: str) -> AsyncIterator[Any]:
    """A client of the service's HTTP edge, and the tables behind it."""
    from deskstream_escalation.app import build

    service = build(service_settings(Settings, "deskstream_escalation"), utc_now)
    await service._infrastructure.database.open()
    async with httpx.AsyncClient(
        transport=DocumentedTransport(service.app),
        base_url="http://escalation",
        headers={"Authorization": f"Bearer {api_key}"},
    ) as client:
        yield client
    await service._infrastructure.database.close()
    await service._infrastructure.valkey.aclose()
