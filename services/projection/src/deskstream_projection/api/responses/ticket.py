"""Tickets as they are answered and sent to live clients: each field from the column of its name.

A group is made of the columns that its fields name; it is null while its register is empty.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel, Field

from deskstream_projection.api.responses.columns import CodeList, TextByName, Texts
from deskstream_projection.api.responses.customer import CustomerProfile
from deskstream_projection.api.responses.draft import Draft, NewestDraft
from deskstream_projection.domain.read_models.ticket_signals import CLOCKS


class CustomerOfTicket(BaseModel):
    """The customer as known when the ticket was opened."""

    id: UUID = Field(validation_alias="customer_id")
    name: str | None = Field(validation_alias="customer_name")
    email: str | None = Field(validation_alias="customer_email")


class External(BaseModel):
    """Where the ticket lives in the system it came from."""

    source: str = Field(validation_alias="external_source")
    id: str = Field(validation_alias="external_id")
    url: str | None = Field(validation_alias="external_url")


class Sentiment(BaseModel):
    """How the newest message sounds, and the worst of all; scores from -1 to 1."""

    label: str = Field(validation_alias="sentiment_label")
    score: float = Field(validation_alias="sentiment_score")
    at: datetime = Field(validation_alias="sentiment_at")
    worst_label: str = Field(validation_alias="worst_sentiment_label")
    worst_score: float = Field(validation_alias="worst_sentiment_score")


class Triage(BaseModel):
    """What the newest message wants, as `ai` proposed it."""

    intent: str
    intent_confidence: float
    priority: str = Field(validation_alias="triaged_priority")
    priority_confidence: float
    at: datetime = Field(validation_alias="triaged_at")


class Escalation(BaseModel):
    """The level (0: none any more) and the rules that raised it."""

    level: int = Field(validation_alias="escalation_level")
    reasons: CodeList = Field(validation_alias="escalation_reasons")
    at: datetime = Field(validation_alias="escalated_at")


class SlaClock(BaseModel):
    """When it is due, and its state: running, warned, breached, met or met_late."""

    due_at: datetime
    state: str


class Delivery(BaseModel):
    """The newest report on the delivery of a reply."""

    message_id: UUID = Field(validation_alias="delivery_message_id")
    status: str = Field(validation_alias="delivery_status")
    at: datetime = Field(validation_alias="delivery_at")


class Csat(BaseModel):
    """The customer's newest rating, 1 to 5."""

    score: int = Field(validation_alias="csat_score")
    at: datetime = Field(validation_alias="csat_at")


class TicketRow(BaseModel):
    """A ticket as lists show it.

    `imported`: it was imported with a past, at `imported_at`; `resumed_at` is when its customer
    first wrote after that.
    """

    id: UUID
    version: int
    status: str
    priority: str
    channel: str
    subject: str
    snippet: str | None
    customer: CustomerOfTicket
    queue: str | None
    assignee_id: str | None
    tags: CodeList
    language: str | None
    external: External | None
    message_count: int
    reopen_count: int
    created_at: datetime
    updated_at: datetime
    last_activity_at: datetime
    last_event_type: str
    first_response_at: datetime | None
    resolved_at: datetime | None
    imported: bool
    imported_at: datetime | None
    resumed_at: datetime | None
    sentiment: Sentiment | None
    triage: Triage | None
    escalation: Escalation | None
    sla: dict[str, SlaClock]
    draft: NewestDraft | None
    delivery: Delivery | None
    csat: Csat | None


class TicketDetail(TicketRow):
    """A ticket with its customer and its drafts, newest first (at most 20).

    `attributes` are those that it was created with. `unusable_addresses` are of its customer, as
    they were written: nobody is reached there.
    """

    attributes: TextByName
    unusable_addresses: Texts
    customer_profile: CustomerProfile | None
    drafts: list[Draft]


class TicketPageAnswer(BaseModel):
    """A page of tickets; `next_cursor` is null at the end."""

    tickets: list[TicketRow]
    next_cursor: str | None


_GROUPS = {
    "external": "external_source",
    "sentiment": "sentiment_label",
    "triage": "intent",
    "escalation": "escalation_level",
    "delivery": "delivery_status",
    "csat": "csat_score",
}
"""Each group of fields, and a column that is null while there is none."""


def ticket_row(record: Record) -> TicketRow:
    return TicketRow.model_validate(_grouped(record))


def ticket_detail(
    record: Record, customer: Record | None, drafts: Sequence[Record]
) -> TicketDetail:
    also = {
        "customer_profile": dict(customer) if customer else None,
        "drafts": [dict(draft) for draft in drafts],
    }
    return TicketDetail.model_validate(_grouped(record) | also)


def _grouped(record: Record) -> dict[str, Any]:
    row = dict(record)
    clocks = {
        kind: {"due_at": row[f"sla_{kind}_due_at"], "state": row[f"sla_{kind}_state"]}
        for kind in CLOCKS
        if row[f"sla_{kind}_state"] is not None
    }
    draft = {
        "id": row["newest_draft_id"],
        "decision": row["newest_draft_status"],
        "confidence": row["newest_draft_confidence"],
        "drafted_at": row["newest_drafted_at"],
    }
    return (
        row
        | {name: row if row[column] is not None else None for name, column in _GROUPS.items()}
        | {
            "subject": row["subject"] or "",
            "customer": row,
            "imported": row["imported_at"] is not None,
            "sla": clocks,
            "draft": draft if draft["id"] else None,
        }
    )
