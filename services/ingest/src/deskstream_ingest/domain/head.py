"""The next version of a ticket's head: the only place that counts versions."""

from datetime import datetime
from typing import TypedDict, Unpack

from deskstream_contracts.events.ticket import Priority, Status, TicketSnapshot


class HeadChanges(TypedDict, total=False):
    """The fields of a head that a decision may change; a missing key leaves the field as it is."""

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


def next_head(head: TicketSnapshot, at: datetime, **changes: Unpack[HeadChanges]) -> TicketSnapshot:
    """The head one version on. Its time never goes back, even when machines' clocks differ."""
    return head.model_copy(
        update={**changes, "version": head.version + 1, "updated_at": max(head.updated_at, at)}
    )


def reopened_head(head: TicketSnapshot, at: datetime) -> TicketSnapshot:
    """The head of a resolved ticket that is open again."""
    return next_head(head, at, status="open", resolved_at=None, reopen_count=head.reopen_count + 1)


def awake_head(head: TicketSnapshot, at: datetime) -> TicketSnapshot:
    """The same version, of a ticket that is as any other now that its customer wrote at `at`."""
    if head.history is None or head.history.resumed_at is not None:
        return head
    history = head.history.model_copy(update={"resumed_at": at})
    return head.model_copy(update={"history": history})
