"""What an event of each type adds to the counts."""

from typing import Any

import pytest
from example_events import EXAMPLES, example_events
from ticket_history import TicketHistory

from deskstream_contracts import EventData
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.reply import ReplyDraftFailed
from deskstream_projection.domain.measures import Measure, measure

TICKET = TicketHistory(1, channel="sms")


def changed(data: Any, **fields: Any) -> EventData:
    found: EventData = data.model_copy(update=fields)
    return found


def example(event_type: str) -> Any:
    return next(event.data for event in example_events(EXAMPLES) if event.type == event_type)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (TICKET.events[0].data, Measure("", "sms", 0)),
        (TICKET.message("outbound").data, Measure("outbound", "sms", 0)),
        (changed(TICKET.resolve().data, elapsed_s=61.2346), Measure("", "sms", 61_235)),
        (TICKET.reopen().data, Measure("", "sms", 0)),
        (TICKET.score("negative", -0.567).data, Measure("negative", "", -567)),
        (TICKET.triage("refund").data, Measure("refund", "", 0)),
        (changed(TICKET.draft().data, confidence=0.7504), Measure("", "", 750)),
        (
            ReplyDraftFailed(
                message_id=TICKET.message_id, reason="timeout", attempts=1, occurred_at=TICKET.now
            ),
            Measure("timeout", "", 0),
        ),
        (
            CsatReceived(
                survey_id=TICKET.id("survey"), score=4, channel="email", occurred_at=TICKET.now
            ),
            Measure("4", "", 4_000),
        ),
        (TICKET.escalate().data, Measure()),
    ],
)
def test_an_event_counts_for_its_label_its_channel_and_its_value(
    data: EventData, expected: Measure
) -> None:
    assert measure(data) == expected


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"draft_id": None}, "own_words"),
        ({"draft_id": None, "edited": True}, "own_words"),
        ({"auto": True}, "auto"),
        ({"edited": True}, "edited"),
        ({}, "as_drafted"),
    ],
)
def test_an_approval_counts_by_the_origin_of_its_text(fields: dict[str, Any], label: str) -> None:
    assert measure(changed(TICKET.approve().data, **fields)) == Measure(label, "sms", 0)


@pytest.mark.parametrize("event_type", ["notification.sent", "notification.failed"])
def test_a_notification_counts_for_its_purpose_and_channel(event_type: str) -> None:
    data = changed(example(event_type), purpose="alert", channel="email")
    assert measure(data) == Measure("alert", "email", 0)


def test_a_clock_counts_by_its_kind_and_a_late_end_apart() -> None:
    met = TICKET.clock("met").data
    assert measure(met) == Measure("first_response")
    assert measure(changed(met, in_time=False)) == Measure("first_response_late")
    assert measure(TICKET.clock("breach").data) == Measure("first_response")
    assert measure(example("sla.warned")).label == example("sla.warned").clock
