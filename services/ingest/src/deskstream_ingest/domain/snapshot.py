"""The next version of a ticket's snapshot: the only place that counts versions."""

from datetime import datetime
from typing import TypedDict, Unpack

from deskstream_contracts.events.ticket import Priority, Status, TicketSnapshot


class SnapshotChanges(TypedDict, total=False):
    """The fields that a decision may change; a missing key leaves the field as it is."""

    status: Status
    priority: Priority
    queue: str | None
    assignee_id: str | None
    tags: tuple[str, ...]
    escalation_level: int
    message_count: int
    reopen_count: int
    first_response_at: datetime | None
    resolved_at: datetime | None


def next_snapshot(
    snapshot: TicketSnapshot, at: datetime, **changes: Unpack[SnapshotChanges]
) -> TicketSnapshot:
    """The snapshot one version on. Its time never goes back, even when machines' clocks differ."""
    return snapshot.model_copy(
        update={
            **changes,
            "version": snapshot.version + 1,
            "updated_at": max(snapshot.updated_at, at),
        }
    )


def reopened_snapshot(snapshot: TicketSnapshot, at: datetime) -> TicketSnapshot:
    """The snapshot of a resolved ticket that is open again."""
    return next_snapshot(
        snapshot, at, status="open", resolved_at=None, reopen_count=snapshot.reopen_count + 1
    )


def awake_snapshot(snapshot: TicketSnapshot, at: datetime) -> TicketSnapshot:
    """The same version, of a ticket that is as any other now that its customer wrote at `at`."""
    if snapshot.history is None or snapshot.history.resumed_at is not None:
        return snapshot
    history = snapshot.history.model_copy(update={"resumed_at": at})
    return snapshot.model_copy(update={"history": history})
