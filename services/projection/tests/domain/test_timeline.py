"""A row of the timeline."""

import json
from datetime import timedelta
from typing import Any

import pytest
from example_events import EXAMPLES, example_events
from ticket_history import AGENT, START, TicketHistory, as_imported

from deskstream_contracts import Event
from deskstream_projection.domain.read_models.timeline import entry

ELSEWHERE = {
    "ticket",
    "body",
    "customer",
    "attachments",
    "attributes",
    "external",
    "recipient",
    "sources",
    "actor",
    "occurred_at",
}
"""Fields of events that are large, or in another table or column."""


def summary_of(event: Event[Any]) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(entry(event).summary)
    return summary


def has(event: Event[Any], field: str) -> bool:
    return bool(getattr(event.data, field, None))


@pytest.mark.parametrize("field", sorted(ELSEWHERE))
def test_a_summary_leaves_out_what_is_large_or_elsewhere(field: str) -> None:
    holding = [event for event in example_events(EXAMPLES) if has(event, field)]
    assert holding
    assert [event.type for event in holding if field in summary_of(event)] == []


def test_a_summary_names_the_model_without_its_input() -> None:
    runs = [summary_of(event)["model"] for event in example_events(EXAMPLES) if has(event, "model")]
    assert {"provider", "name"} <= set.intersection(*map(set, runs))
    assert {"parameters", "input_sha256"}.isdisjoint(set.union(*map(set, runs)))


def test_a_summary_holds_what_the_event_says_and_nothing_it_leaves_open() -> None:
    ticket = TicketHistory(1)
    resolved = ticket.resolve()
    assert summary_of(resolved) == {"elapsed_s": resolved.data.elapsed_s}
    assert summary_of(ticket.reopen()) == {"reason": "customer_wrote"}


def test_a_row_is_the_event_its_actor_and_its_measure() -> None:
    ticket = TicketHistory(1, channel="sms")
    event = ticket.resolve()
    row = entry(event._replace(revision=2))
    assert (row.event_id, row.subject, row.revision) == (event.id, ticket.ticket_id, 2)
    assert (row.event_type, row.sequence) == ("ticket.resolved", 2)
    assert (row.actor_kind, row.actor_id) == (AGENT.kind, AGENT.id)
    assert (row.label, row.channel, row.milli) == ("", "sms", 1_000)
    assert row.measure == (row.label, row.channel, row.milli)


def test_where_no_actor_is_named_it_is_the_service() -> None:
    row = entry(TicketHistory(1).score())
    assert (row.actor_kind, row.actor_id) == ("system", "ai")


def test_an_event_is_counted_when_it_was_recorded_and_an_imported_one_when_it_happened() -> None:
    event = TicketHistory(1).events[0]
    recorded = event._replace(time=START + timedelta(minutes=1))
    assert entry(recorded).occurred_at == START
    assert entry(recorded).counted_at == START + timedelta(minutes=1)
    (imported,) = as_imported([event], START + timedelta(days=900))
    assert entry(imported).imported
    assert entry(imported).counted_at == START


def test_an_event_without_a_time_of_its_own_occurred_when_it_was_recorded() -> None:
    event = TicketHistory(1).clock("start")
    assert not hasattr(event.data, "occurred_at")
    assert entry(event).occurred_at == event.time
