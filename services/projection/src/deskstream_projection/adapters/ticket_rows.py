"""A ticket as it is answered and sent to live clients, from the row that holds it."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel

COLUMNS = """
ticket.id, ticket.version, ticket.status, ticket.priority, ticket.channel, ticket.customer_id,
ticket.created_at, ticket.updated_at, ticket.queue, ticket.assignee_id, ticket.tags,
ticket.message_count, ticket.reopen_count, ticket.first_response_at, ticket.resolved_at,
ticket.imported_at, ticket.resumed_at,
ticket.subject, ticket.snippet, ticket.customer_name, ticket.customer_email, ticket.language,
ticket.external_source, ticket.external_id, ticket.external_url,
ticket.last_activity_at, ticket.last_event_type,
ticket.sentiment_label, ticket.sentiment_score, ticket.sentiment_at,
ticket.worst_sentiment_label, ticket.worst_sentiment_score,
ticket.intent, ticket.intent_confidence, ticket.triaged_priority, ticket.priority_confidence,
ticket.triaged_at, ticket.escalation_level, ticket.escalation_reasons, ticket.escalated_at,
ticket.sla_first_response_due_at, ticket.sla_first_response_state,
ticket.sla_next_response_due_at, ticket.sla_next_response_state,
ticket.sla_resolution_due_at, ticket.sla_resolution_state,
ticket.delivery_message_id, ticket.delivery_status, ticket.delivery_at,
ticket.csat_score, ticket.csat_at,
ticket.newest_draft_id, ticket.newest_draft_status, ticket.newest_draft_confidence,
ticket.newest_drafted_at, ticket.priority_order, ticket.sentiment_order, ticket.facets
"""


class CustomerOfTicket(BaseModel):
    """Who asks, as known when the ticket was opened."""

    id: UUID
    name: str | None
    email: str | None


class External(BaseModel):
    """Where the ticket lives in the system it came from."""

    source: str
    id: str
    url: str | None


class Sentiment(BaseModel):
    """How the newest message sounds, and the worst of all; scores from -1 to 1."""

    label: str
    score: float
    at: datetime
    worst_label: str
    worst_score: float


class Triage(BaseModel):
    """What the newest message wants, as `ai` proposed it."""

    intent: str
    intent_confidence: float
    priority: str
    priority_confidence: float
    at: datetime


class Escalation(BaseModel):
    """The level (0: none any more) and the rules that raised it."""

    level: int
    reasons: list[str]
    at: datetime


class SlaClock(BaseModel):
    """When it is due and how it stands: running, warned, breached, met, met_late."""

    due_at: datetime
    state: str


class Delivery(BaseModel):
    """The newest that is known of the delivery of a reply."""

    message_id: UUID
    status: str
    at: datetime


class Csat(BaseModel):
    """The customer's newest rating, 1 to 5."""

    score: int
    at: datetime


class NewestDraft(BaseModel):
    """The newest proposed answer: drafted, failed, auto_approved, rejected or approved."""

    id: UUID
    status: str
    confidence: float | None
    drafted_at: datetime


class TicketRow(BaseModel):
    """A ticket as lists show it.

    `imported`: it was brought in with a past, at `imported_at`; `resumed_at` is when its customer
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
    tags: list[str]
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


def listed(tags: str | None) -> list[str]:
    """Words that are kept joined by commas."""
    return tags.split(",") if tags else []


def ticket_row(row: asyncpg.Record) -> TicketRow:
    """The answer for a row with `COLUMNS`; its ticket must have a version."""
    return TicketRow(
        id=row["id"],
        version=row["version"],
        status=row["status"],
        priority=row["priority"],
        channel=row["channel"],
        subject=row["subject"] or "",
        snippet=row["snippet"],
        customer=CustomerOfTicket(
            id=row["customer_id"], name=row["customer_name"], email=row["customer_email"]
        ),
        queue=row["queue"],
        assignee_id=row["assignee_id"],
        tags=listed(row["tags"]),
        language=row["language"],
        external=_external(row),
        message_count=row["message_count"],
        reopen_count=row["reopen_count"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_activity_at=row["last_activity_at"],
        last_event_type=row["last_event_type"],
        first_response_at=row["first_response_at"],
        resolved_at=row["resolved_at"],
        imported=row["imported_at"] is not None,
        imported_at=row["imported_at"],
        resumed_at=row["resumed_at"],
        sentiment=_sentiment(row),
        triage=_triage(row),
        escalation=_escalation(row),
        sla=_sla(row),
        draft=_draft(row),
        delivery=_delivery(row),
        csat=_csat(row),
    )


def _external(row: asyncpg.Record) -> External | None:
    if row["external_source"] is None:
        return None
    return External(source=row["external_source"], id=row["external_id"], url=row["external_url"])


def _sentiment(row: asyncpg.Record) -> Sentiment | None:
    if row["sentiment_label"] is None:
        return None
    return Sentiment(
        label=row["sentiment_label"],
        score=row["sentiment_score"],
        at=row["sentiment_at"],
        worst_label=row["worst_sentiment_label"],
        worst_score=row["worst_sentiment_score"],
    )


def _triage(row: asyncpg.Record) -> Triage | None:
    if row["intent"] is None:
        return None
    return Triage(
        intent=row["intent"],
        intent_confidence=row["intent_confidence"],
        priority=row["triaged_priority"],
        priority_confidence=row["priority_confidence"],
        at=row["triaged_at"],
    )


def _escalation(row: asyncpg.Record) -> Escalation | None:
    if row["escalation_level"] is None:
        return None
    reasons = listed(row["escalation_reasons"])
    return Escalation(level=row["escalation_level"], reasons=reasons, at=row["escalated_at"])


def _sla(row: asyncpg.Record) -> dict[str, SlaClock]:
    return {
        clock: SlaClock(due_at=row[f"sla_{clock}_due_at"], state=row[f"sla_{clock}_state"])
        for clock in ("first_response", "next_response", "resolution")
        if row[f"sla_{clock}_state"] is not None
    }


def _draft(row: asyncpg.Record) -> NewestDraft | None:
    if row["newest_draft_id"] is None:
        return None
    return NewestDraft(
        id=row["newest_draft_id"],
        status=row["newest_draft_status"],
        confidence=row["newest_draft_confidence"],
        drafted_at=row["newest_drafted_at"],
    )


def _delivery(row: asyncpg.Record) -> Delivery | None:
    if row["delivery_status"] is None:
        return None
    return Delivery(
        message_id=row["delivery_message_id"], status=row["delivery_status"], at=row["delivery_at"]
    )


def _csat(row: asyncpg.Record) -> Csat | None:
    if row["csat_score"] is None:
        return None
    return Csat(score=row["csat_score"], at=row["csat_at"])
