"""The text of alerts."""

from typing import Any

import pytest
from notify_events import example

from deskstream_contracts import Event
from deskstream_notify.domain.alert import Alert, alert_about


def alert_of(event: Event[Any]) -> Alert:
    alert = alert_about(event)
    assert alert is not None
    return alert


def lines(alert: Alert) -> dict[str, str]:
    return {line.name: line.value for line in alert.facts}


def test_an_escalation_says_its_level_and_reason() -> None:
    event = example("escalated")
    alert = alert_of(event)
    assert alert.headline == f"Ticket escalated to level {event.data.level}"
    assert (alert.priority, alert.why) == (event.data.priority, event.data.hits[0].explanation)
    assert event.data.hits[-1].explanation in lines(alert)["Why"]


def test_a_minimal_escalation_leaves_out_unknown_values() -> None:
    alert = alert_of(example("escalated", "minimal"))
    assert {"Queue", "Assignee"}.isdisjoint(lines(alert))


@pytest.mark.parametrize(
    ("remaining_s", "text"),
    [(5.0, "1 min"), (600.0, "10 min"), (3_600.0, "1 h"), (5_400.0, "1 h 30 min")],
)
def test_a_warning_says_how_much_time_is_left(remaining_s: float, text: str) -> None:
    event = example("sla.warned")
    data = event.data.model_copy(update={"remaining_s": remaining_s, "clock": "first_response"})
    alert = alert_of(event._replace(data=data))
    assert alert.headline == f"First response due in {text}"


def test_a_breach_names_the_overdue_clock() -> None:
    alert = alert_of(example("sla.breached"))
    assert alert.headline.endswith(" overdue")
    assert lines(alert)["Due"].endswith(" UTC")


def test_nothing_else_is_an_alert() -> None:
    assert alert_about(example("sla.met")) is None
    assert alert_about(example("ticket.created")) is None
