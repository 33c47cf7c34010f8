"""The text of an alert."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.sla import SlaBreached, SlaEvent, SlaWarned
from deskstream_contracts.shown import shown_line
from deskstream_notify.domain.message import AlertKind, AlertLine, AlertMail

_CLOCKS = {
    "first_response": "First response",
    "next_response": "Next response",
    "resolution": "Resolution",
}
_WHY_MAX_CHARS = 80
_CAUSES_MAX_CHARS = 130
_ABOUT_MAX_CHARS = 60


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert without any words of the customer, so that it may go to any inbox."""

    kind: AlertKind
    headline: str
    facts: tuple[AlertLine, ...]
    why: str | None = None
    priority: str | None = None


def alert_about(event: Event[EventData]) -> Alert | None:
    """The alert for an event, None if the event alarms nobody."""
    match event.data:
        case Escalated() as data:
            return Alert(
                "escalated",
                f"Ticket escalated to level {data.level}",
                tuple(_escalation_lines(data)),
                why=data.hits[0].explanation,
                priority=data.priority,
            )
        case SlaWarned() as data:
            headline = f"{_CLOCKS[data.clock]} due in {_duration(data.remaining_s)}"
            return Alert("sla.warned", headline, tuple(_clock_lines(data)))
        case SlaBreached() as data:
            headline = f"{_CLOCKS[data.clock]} overdue"
            return Alert("sla.breached", headline, tuple(_clock_lines(data)))
    return None


def subject_line(mail: AlertMail) -> str:
    """The headline, its reason, the priority and the ticket: enough to decide from a list."""
    causes = "; ".join(dict.fromkeys(_summary(one) for one in mail.causes))
    about = shown_line(mail.about.subject or "") or f"ticket {short_id(mail.cause.subject)}"
    return f"{_shortened(causes, _CAUSES_MAX_CHARS)} - {_shortened(about, _ABOUT_MAX_CHARS)}"


def short_id(ticket_id: UUID) -> str:
    """The end of a ticket's id: its beginning is a time, and the same for many."""
    return str(ticket_id)[-8:]


def _summary(mail: AlertMail) -> str:
    priority = f" ({mail.priority})" if mail.priority else ""
    why = f": {_shortened(shown_line(mail.why), _WHY_MAX_CHARS)}" if mail.why else ""
    return f"{shown_line(mail.headline)}{priority}{why}"


def _shortened(text: str, chars_max: int) -> str:
    return text if len(text) <= chars_max else f"{text[: chars_max - 1].rstrip()}…"


def _escalation_lines(data: Escalated) -> list[AlertLine]:
    lines = [AlertLine(name="Why", value=f"{hit.explanation} ({hit.rule})") for hit in data.hits]
    known = {"Priority": data.priority, "Queue": data.queue, "Assignee": data.assignee_id}
    lines += [
        AlertLine(name=name, value=value) for name, value in known.items() if value is not None
    ]
    return [*lines, AlertLine(name="Escalated", value=_moment(data.occurred_at))]


def _clock_lines(data: SlaEvent) -> list[AlertLine]:
    return [
        AlertLine(name="Clock", value=_CLOCKS[data.clock]),
        AlertLine(name="Policy", value=data.policy),
        AlertLine(name="Started", value=_moment(data.started_at)),
        AlertLine(name="Due", value=_moment(data.due_at)),
    ]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
