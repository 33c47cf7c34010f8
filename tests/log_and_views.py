"""Log, views and ledgers hold the same of the same tickets: counted, once the stack is at rest."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from true_ends import true_ends
from whole_stack import WholeStack

from deskstream_contracts import Event
from deskstream_contracts.events.notification import NotificationSent
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.sla import SlaBreached
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketSnapshot,
    TicketTriaged,
)
from deskstream_contracts.topics import SERVICES
from deskstream_escalation.adapters.policy_file import load_policy
from deskstream_escalation.adapters.rule_compiler import RuleCompiler
from deskstream_escalation.adapters.rule_file import load_rules
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.settings import Settings
from deskstream_runtime.clock import utc_now

_SETTINGS = Settings.model_fields


async def assert_log_and_views_agree(
    stack: WholeStack,
    tickets: Collection[UUID],
    sla_file: Path = _SETTINGS["sla_file"].default,
) -> None:
    """Each ticket is in log, views and ledgers, once; no version twice, no breach untrue."""
    wanted = set(tickets)
    events = [event for event in await stack.events() if event.subject in wanted]
    created = [event.subject for event in events if isinstance(event.data, TicketCreated)]
    assert sorted(created) == sorted(wanted), "every ticket is in the log, once"
    assert_versions_without_gap(events)
    assert_every_message_understood(events)
    assert_breaches_are_true(events, sla_file)
    await assert_views_equal_the_log(stack, events, wanted)
    await assert_ledger_equals_the_log(stack, events, wanted)


def assert_versions_without_gap(events: Iterable[Event[Any]]) -> None:
    versions: dict[object, list[int]] = defaultdict(list)
    for event in events:
        if event.sequence is not None:
            versions[event.subject].append(event.sequence)
    for found in versions.values():
        assert sorted(found) == list(range(1, len(found) + 1))


def assert_every_message_understood(events: Iterable[Event[Any]]) -> None:
    messages = [
        event.data.message_id
        for event in events
        if isinstance(event.data, TicketCreated)
        or (isinstance(event.data, TicketMessageAdded) and event.data.kind == "inbound")
    ]
    for event_type in (SentimentScored, TicketTriaged):
        facts = [event.data.message_id for event in events if isinstance(event.data, event_type)]
        assert sorted(facts) == sorted(messages), event_type.event_type


def assert_breaches_are_true(events: Collection[Event[Any]], sla_file: Path) -> None:
    """A pure fold of all that happened to the tickets finds each breach that was announced."""
    policies = Policies(
        load_rules(_SETTINGS["rules_file"].default, RuleCompiler()),
        load_policy(sla_file),
        timedelta(seconds=_SETTINGS["sla_triage_wait_s"].default),
    )
    announced = [event.data.clock_id for event in events if isinstance(event.data, SlaBreached)]
    ends = true_ends(events, policies, utc_now()).values()
    true = {end.clock_id for end in ends if isinstance(end, SlaBreached)}
    assert set(announced) <= true, "a breach that never was"
    assert len(announced) == len(set(announced)), "a breach was announced twice"


def head_in(event: Event[Any]) -> TicketSnapshot | None:
    head: TicketSnapshot | None = getattr(event.data, "ticket", None)
    return head


async def assert_views_equal_the_log(
    stack: WholeStack, events: Collection[Event[Any]], tickets: Collection[UUID]
) -> None:
    """A ticket's view is what its highest version says; its timeline holds each fact."""
    heads: dict[UUID, TicketSnapshot] = {}
    for event in events:
        head = head_in(event)
        if head is not None and (
            event.subject not in heads or head.version > heads[event.subject].version
        ):
            heads[event.subject] = head
    rows = await stack.query(
        "projection",
        "select id, version, status, priority, escalation_level, sentiment_label, intent"
        " from ticket where id = any($1::uuid[])",
        list(tickets),
    )
    assert {row["id"] for row in rows} == set(tickets)
    for row in rows:
        head = heads[row["id"]]
        assert (row["version"], row["status"], row["priority"]) == (
            head.version,
            head.status,
            head.priority,
        )
        assert row["sentiment_label"] is not None
        assert row["intent"] is not None
    timeline = await stack.query(
        "projection",
        "select event_id from timeline where subject = any($1::uuid[])",
        list(tickets),
    )
    in_view = sorted(row["event_id"] for row in timeline)
    assert in_view == sorted(event.id for event in events)


async def assert_ledger_equals_the_log(
    stack: WholeStack, events: Collection[Event[Any]], tickets: Collection[UUID]
) -> None:
    """What notify's ledger says was sent is in the log, and nothing else; each once."""
    rows = await stack.query(
        "notify",
        "select id from notification where subject = any($1::uuid[]) and state = 'sent'",
        list(tickets),
    )
    announced = [
        event.data.notification_id for event in events if isinstance(event.data, NotificationSent)
    ]
    assert sorted(announced) == sorted(row["id"] for row in rows)


async def assert_nothing_parked(stack: WholeStack, tickets: Collection[UUID]) -> None:
    for service in SERVICES:
        rows = await stack.query(
            service,
            "select topic, error from parked_record where subject = any($1::uuid[])",
            list(tickets),
        )
        assert not rows, (service, rows)
