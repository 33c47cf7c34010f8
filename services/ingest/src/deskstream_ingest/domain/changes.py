"""From a snapshot before and after to the one event of what changed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Unpack

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import Actor, FieldChange, TicketUpdated
from deskstream_ingest.domain.snapshot import SnapshotChanges, next_snapshot
from deskstream_ingest.domain.ticket import Ticket

_TEXT_MAX_CHARS = 500


def updated(
    ticket: Ticket,
    at: datetime,
    actor: Actor,
    reason: str,
    subject: str | None = None,
    imported: bool = False,
    **wanted: Unpack[SnapshotChanges],
) -> tuple[EventData, ...]:
    """One `ticket.updated` with the fields that really change, or nothing when none does."""
    before = ticket.snapshot.__dict__
    changes = [
        FieldChange(field=name, old=_text(before[name]), new=_text(value))
        for name, value in wanted.items()
        if value != before[name]
    ]
    if subject is not None and subject != ticket.subject:
        changes.append(FieldChange(field="subject", old=ticket.subject, new=subject))
    else:
        subject = None
    if not changes:
        return ()
    event = TicketUpdated(
        ticket=next_snapshot(ticket.snapshot, at, **wanted),
        actor=actor,
        changes=tuple(changes),
        reason=reason,
        occurred_at=at,
        subject=subject,
        imported=imported,
    )
    return (event,)


def _text(value: object) -> str | None:
    """A value as a reader sees it. A long list is cut: the snapshot holds the whole."""
    if value is None:
        return None
    if isinstance(value, Iterable) and not isinstance(value, str):
        value = ", ".join(value)
    text = str(value)
    return text if len(text) <= _TEXT_MAX_CHARS else text[: _TEXT_MAX_CHARS - 1] + "…"
