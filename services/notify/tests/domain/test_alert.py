"""The words of alerts."""

import pytest
from notify_events import example

from deskstream_notify.domain.alert import alert_about


def lines(alert):
    return {line.name: line.value for line in alert.lines}


def test_an_escalation_says_how_high_and_why():
    event = example("escalated")
    alert = alert_about(event)
    assert alert.headline == f"Ticket escalated to level {event.data.level}"
    assert (alert.priority, alert.why) == (event.data.priority, event.data.hits[0].explanation)
    assert event.data.hits[-1].explanation in lines(alert)["Why"]


def test_a_minimal_escalation_leaves_out_what_is_not_known():
    alert = alert_about(example("escalated", "minimal"))
    assert {"Queue", "Assignee"}.isdisjoint(lines(alert))


@pytest.mark.parametrize(
    ("remaining_s", "text"),
    [(5.0, "1 min"), (600.0, "10 min"), (3_600.0, "1 h"), (5_400.0, "1 h 30 min")],
)
def test_a_warning_says_how_long_there_is(remaining_s, text):
    event = example("sla.warned")
    data = event.data.model_copy(update={"remaining_s": remaining_s, "clock": "first_response"})
    alert = alert_about(type(event)(event.id, event.subject, event.time, data))
    assert alert.headline == f"First response due in {text}"


def test_a_breach_says_what_is_overdue():
    alert = alert_about(example("sla.breached"))
    assert alert.headline.endswith(" overdue")
    assert lines(alert)["Due"].endswith(" UTC")


def test_nothing_else_is_an_alert():
    assert alert_about(example("sla.met")) is None
    assert alert_about(example("ticket.created")) is None
