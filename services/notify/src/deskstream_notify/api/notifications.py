"""What was told to whom about a ticket, and whether it arrived."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel

from deskstream_notify.adapters import notification_queries
from deskstream_notify.adapters.notification_queries import NotificationRow
from deskstream_notify.domain.address import masked
from deskstream_runtime.http.auth import Permission
from deskstream_runtime.http.problems import not_found
from deskstream_runtime.http.responses import problems
from deskstream_runtime.postgres.database import Database

_may_read = Depends(Permission("tickets:read"))


class DeliveryReport(BaseModel):
    """What the provider said last."""

    status: str
    occurred_at: AwareDatetime
    error_code: str | None = None


class NotificationView(BaseModel):
    """One notification. `ambiguous`: it may have arrived although we were not told so."""

    id: UUID
    cause_id: UUID
    channel: str
    purpose: str
    recipient_kind: str
    recipient: str
    state: str
    attempts: int
    ambiguous: bool
    reason: str | None = None
    planned_at: AwareDatetime
    settled_at: AwareDatetime | None = None
    report: DeliveryReport | None = None


class NotificationPage(BaseModel):
    """Newest first. `next_cursor` is there when there are more."""

    items: list[NotificationView]
    next_cursor: int | None = None


def notifications_router(database: Database) -> APIRouter:
    """The ledger's routes."""
    router = APIRouter(prefix="/v1/notifications", tags=["notifications"], dependencies=[_may_read])

    @router.get("", response_model_exclude_none=True)
    async def list_of_ticket(
        ticket_id: UUID,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    ) -> NotificationPage:
        """What was told about a ticket."""
        async with database.connection() as connection:
            entries = await notification_queries.of_ticket(connection, ticket_id, cursor, limit + 1)
        more = len(entries) > limit
        shown = entries[:limit]
        return NotificationPage(
            items=[_view(entry) for entry in shown], next_cursor=shown[-1].seq if more else None
        )

    @router.get("/{notification_id}", response_model_exclude_none=True, responses=problems(404))
    async def read(notification_id: UUID) -> NotificationView:
        """One notification, such as a webhook's test call."""
        async with database.connection() as connection:
            entry = await notification_queries.one(connection, notification_id)
        if entry is None:
            raise not_found("notification", notification_id)
        return _view(entry)

    return router


def _view(entry: NotificationRow) -> NotificationView:
    report = None
    if entry.report_status is not None and entry.reported_at is not None:
        report = DeliveryReport(
            status=entry.report_status,
            occurred_at=entry.reported_at,
            error_code=entry.report_error_code,
        )
    return NotificationView(
        id=entry.id,
        cause_id=entry.cause_id,
        channel=entry.channel,
        purpose=entry.purpose,
        recipient_kind=entry.recipient_kind,
        recipient=masked(entry.recipient) if entry.channel == "email" else entry.recipient,
        state=entry.state,
        attempts=entry.attempts,
        ambiguous=entry.ambiguous,
        reason=entry.reason,
        planned_at=entry.planned_at,
        settled_at=entry.settled_at,
        report=report,
    )
