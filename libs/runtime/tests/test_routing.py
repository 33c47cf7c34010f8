"""The table of handlers."""

from collections.abc import Sequence
from typing import Any

import pytest
from runtime_toy import request_event

from deskstream_contracts import Event
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.escalation import Deescalated, EscalationRequested
from deskstream_runtime.consuming.routing import Routes, on
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction


async def first(tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
    return NO_EFFECTS


async def second(tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
    return NO_EFFECTS


def test_topics_are_those_of_the_types() -> None:
    routes = Routes([on(first, EscalationRequested, CsatReceived), on(second, Deescalated)])
    assert routes.topics == ("escalation.requested", "csat.received", "deescalated")


def test_a_type_with_two_handlers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"escalation\.requested has two handlers"):
        Routes([on(first, EscalationRequested), on(second, CsatReceived, EscalationRequested)])


def test_events_go_to_their_handler_in_order() -> None:
    routes = Routes([on(first, EscalationRequested)])
    events = [request_event() for _ in range(5)]
    assert routes.grouped(events) == [(first, events)]


def test_no_events_need_no_handler() -> None:
    assert Routes([on(first, EscalationRequested)]).grouped([]) == []
