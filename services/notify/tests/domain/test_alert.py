"""The text of alerts."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from notify_events import example

from deskstream_contracts import Cause, Event
from deskstream_notify.domain.alert import Alert, alert_about, subject_line
from deskstream_notify.domain.message import AlertMail, TicketWords


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
    [
        (5.0, "1 min"),
        (89.0, "1 min"),
        (600.0, "10 min"),
        (3_540.0, "59 min"),
        (3_600.0, "1 h"),
        (5_400.0, "1 h 30 min"),
    ],
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


def test_a_clock_says_all_that_is_known_of_it() -> None:
    event = example("sla.breached")
    began = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
    fields = {"clock": "resolution", "policy": "gold", "started_at": began, "due_at": began}
    alert = alert_of(event._replace(data=event.data.model_copy(update=fields)))
    assert lines(alert) == {
        "Clock": "Resolution",
        "Policy": "gold",
        "Started": "2026-03-02 08:05 UTC",
        "Due": "2026-03-02 08:05 UTC",
    }


def test_an_escalation_names_queue_and_assignee_if_there_are_any() -> None:
    event = example("escalated")
    fields = {"queue": "cards", "assignee_id": None, "priority": "urgent"}
    alert = alert_of(event._replace(data=event.data.model_copy(update=fields)))
    assert [line.name for line in alert.facts][-3:] == ["Priority", "Queue", "Escalated"]
    assert lines(alert)["Queue"] == "cards"


TICKET = UUID("0193f2a0-0000-7000-8000-0000deadbeef")


def mail(headline: str = "Resolution overdue", **fields: Any) -> AlertMail:
    cause = Cause(id=UUID(int=1), subject=TICKET, correlation_id=UUID(int=1))
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return AlertMail(
        cause=cause, planned_at=now, to="duty@shop.example", kind="escalated", headline=headline,
        facts=(), **fields,
    )  # fmt: skip


def test_a_subject_line_is_headline_priority_reason_and_subject() -> None:
    about = TicketWords(subject="My card")
    alert = mail("Escalated", priority="urgent", why="angry", about=about)
    assert subject_line(alert) == "Escalated (urgent): angry - My card"
    assert subject_line(mail()) == "Resolution overdue - ticket deadbeef"


def test_alerts_of_one_mail_are_all_in_its_subject_line_each_once() -> None:
    also = (mail("Escalated"), mail("Resolution overdue"))
    assert subject_line(mail(also=also)) == "Resolution overdue; Escalated - ticket deadbeef"


@pytest.mark.parametrize(("part", "chars_max"), [("why", 80), ("headline", 130), ("subject", 60)])
def test_a_long_part_of_a_subject_line_is_cut(part: str, chars_max: int) -> None:
    def line_with(text: str) -> str:
        match part:
            case "why":
                return subject_line(mail("A", why=text))
            case "headline":
                return subject_line(mail(text))
            case _:
                return subject_line(mail(about=TicketWords(subject=text)))

    assert "x" * chars_max in line_with("x" * chars_max)
    assert "…" not in line_with("x" * chars_max)
    assert "x" * (chars_max - 1) + "…" in line_with("x" * (chars_max + 1))
    assert "x" * chars_max not in line_with("x" * (chars_max + 1))
