"""The read models: which rows there are and which columns each register replaces together.

The tables are in `migrations/`; a test compares the two.
"""

from deskstream_projection.domain.lww import LwwRegister, ReadModel

HEAD = LwwRegister(
    "head",
    {
        "version": "bigint",
        "status": "text",
        "priority": "text",
        "channel": "text",
        "customer_id": "uuid",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
        "queue": "text",
        "assignee_id": "text",
        "tags": "text",
        "message_count": "bigint",
        "reopen_count": "bigint",
        "first_response_at": "timestamptz",
        "resolved_at": "timestamptz",
        "imported_at": "timestamptz",
        "resumed_at": "timestamptz",
    },
)
"""The ticket's lifecycle fields. Ordered by version. `tags` are joined by commas."""

SUBJECT = LwwRegister("subject", {"subject": "text"})
"""The subject line. Ordered by the version that set it."""

OPENING = LwwRegister(
    "opening",
    {
        "first_message_id": "uuid",
        "snippet": "text",
        "customer_name": "text",
        "customer_email": "text",
        "language": "text",
        "external_source": "text",
        "external_id": "text",
        "external_url": "text",
        "attributes": "json",
        "unusable_addresses": "json",
    },
)
"""What only `ticket.created` says. Ordered by its revision."""

ACTIVITY = LwwRegister("activity", {"last_activity_at": "timestamptz", "last_event_type": "text"})
"""The newest fact of any kind. Ordered by its time."""

SENTIMENT = LwwRegister(
    "sentiment",
    {"sentiment_label": "text", "sentiment_score": "float8", "sentiment_at": "timestamptz"},
)
WORST_SENTIMENT = LwwRegister(
    "worst_sentiment", {"worst_sentiment_label": "text", "worst_sentiment_score": "float8"}
)
"""The lowest score any message had. Ordered by how low."""

TRIAGE = LwwRegister(
    "triage",
    {
        "intent": "text",
        "intent_confidence": "float8",
        "triaged_priority": "text",
        "priority_confidence": "float8",
        "triaged_at": "timestamptz",
    },
)
ESCALATION = LwwRegister(
    "escalation",
    {"escalation_level": "integer", "escalation_reasons": "text", "escalated_at": "timestamptz"},
)
"""Level 0 after `deescalated`. `escalation_reasons` are rule names joined by commas."""

SLA_REGISTERS = {
    clock: LwwRegister(
        f"sla_{clock}", {f"sla_{clock}_due_at": "timestamptz", f"sla_{clock}_state": "text"}
    )
    for clock in ("first_response", "next_response", "resolution")
}
"""The newest clock of each kind and how it stands: running, warned, breached, met, met_late."""

DELIVERY = LwwRegister(
    "delivery",
    {"delivery_message_id": "uuid", "delivery_status": "text", "delivery_at": "timestamptz"},
)
"""The newest that is known of the delivery of any reply."""

CSAT = LwwRegister("csat", {"csat_score": "integer", "csat_at": "timestamptz"})

TICKET = ReadModel(
    "ticket",
    "id",
    (
        HEAD,
        SUBJECT,
        OPENING,
        ACTIVITY,
        SENTIMENT,
        WORST_SENTIMENT,
        TRIAGE,
        ESCALATION,
        *SLA_REGISTERS.values(),
        DELIVERY,
        CSAT,
    ),
    fixed={},
)
"""One row a ticket. It may exist before `ticket.created` came: then it has no version."""

OPENING_TEXT = LwwRegister("opening", {"body": "text"})
TICKET_TEXT = ReadModel("ticket_text", "ticket_id", (SUBJECT, OPENING_TEXT), fixed={})
"""What full-text search reads, apart so that changes of a ticket do not touch its index."""

CONTENT = LwwRegister(
    "content",
    {
        "kind": "text",
        "body": "text",
        "actor_kind": "text",
        "actor_id": "text",
        "channel": "text",
        "occurred_at": "timestamptz",
        "language": "text",
        "in_reply_to": "uuid",
        "draft_id": "uuid",
        "attachments": "json",
        "imported": "boolean",
        "version": "bigint",
    },
)
MESSAGE_SENTIMENT = LwwRegister(
    "sentiment", {"sentiment_label": "text", "sentiment_score": "float8"}
)
MESSAGE_DELIVERY = LwwRegister(
    "delivery", {"delivery_status": "text", "delivery_at": "timestamptz"}
)
MESSAGE = ReadModel(
    "message",
    "id",
    (CONTENT, MESSAGE_SENTIMENT, MESSAGE_DELIVERY),
    fixed={"ticket_id": "uuid"},
)

PROPOSAL = LwwRegister(
    "proposal",
    {
        "message_id": "uuid",
        "body": "text",
        "confidence": "float8",
        "model": "text",
        "language": "text",
        "cautions": "text",
        "drafted_at": "timestamptz",
    },
)
DECISION = LwwRegister(
    "decision",
    {
        "decision": "text",
        "decided_at": "timestamptz",
        "decided_by": "text",
        "decision_reason": "text",
    },
)
"""What became of a draft. Ordered by how final it is: failed, auto_approved, rejected, approved."""

DRAFT = ReadModel("draft", "id", (PROPOSAL, DECISION), fixed={"ticket_id": "uuid"})

NAME = LwwRegister("name", {"name": "text"})
EMAIL = LwwRegister("email", {"email": "text"})
PHONE = LwwRegister("phone", {"phone": "text"})
PROFILE = LwwRegister(
    "profile",
    {
        "provider": "text",
        "language": "text",
        "customer_since": "timestamptz",
        "order_count": "bigint",
        "total_spent_minor": "bigint",
        "total_spent_currency": "text",
        "last_order_at": "timestamptz",
        "tags": "text",
    },
)
CUSTOMER = ReadModel("customer", "id", (NAME, EMAIL, PHONE, PROFILE), fixed={})

READ_MODELS = (TICKET, TICKET_TEXT, MESSAGE, DRAFT, CUSTOMER)
"""In the order they are written: tickets first, which serialises writers of the same ticket."""
