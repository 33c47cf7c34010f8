"""The words of an alert."""

from dataclasses import dataclass
from datetime import UTC, datetime

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import Escalated, SlaBreached, SlaEvent, SlaWarned
from deskstream_notify.domain.message import AlertKind, Fact

_CLOCKS = {
    "first_response": "First response",
    "next_response": "Next response",
    "resolution": "Resolution",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """What an alert says: no word of the customer's, so that it may go to any inbox."""

    kind: AlertKind
    headline: str
    facts: tuple[Fact, ...]


def alert_about(event: Event[EventData]) -> Alert | None:
    """The alert for an event, none if it is nothing to be alarmed at."""
    data = event.data
    ticket = Fact(name="Ticket", value=str(event.subject))
    if isinstance(data, Escalated):
        headline = f"Ticket escalated to level {data.level}"
        return Alert("escalated", headline, (ticket, *_escalation_facts(data)))
    if isinstance(data, SlaWarned):
        headline = f"{_CLOCKS[data.clock]} due in {_duration(data.remaining_s)}"
        return Alert("sla.warned", headline, (ticket, *_clock_facts(data)))
    if isinstance(data, SlaBreached):
        return Alert(
            "sla.breached", f"{_CLOCKS[data.clock]} overdue", (ticket, *_clock_facts(data))
        )
    return None


def _escalation_facts(data: Escalated) -> list[Fact]:
    facts = [Fact(name="Why", value=f"{hit.explanation} ({hit.rule})") for hit in data.hits]
    known = {"Priority": data.priority, "Queue": data.queue, "Assignee": data.assignee_id}
    facts += [Fact(name=name, value=value) for name, value in known.items() if value is not None]
    return [*facts, Fact(name="Escalated", value=_moment(data.occurred_at))]


def _clock_facts(data: SlaEvent) -> list[Fact]:
    return [
        Fact(name="Clock", value=_CLOCKS[data.clock]),
        Fact(name="Policy", value=data.policy),
        Fact(name="Started", value=_moment(data.started_at)),
        Fact(name="Due", value=_moment(data.due_at)),
    ]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
