"""Exports of other help desks, known by the names of their columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Export:
    """The system of an export, the columns that identify it, and their fields here.

    Names are plain (see `columns.plain`). Several names of a field are tried in turn.
    """

    system: str
    shows: frozenset[str]
    shows_one_of: frozenset[str]
    fields: Mapping[str, tuple[str, ...]]
    tag_separators: str = ","
    ignored: frozenset[str] = frozenset()
    priorities: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)


EXPORTS = (
    Export(
        "Zendesk",
        frozenset({"subject", "requester", "status"}),
        frozenset({"requester_email", "ticket_type", "via", "summation_column", "solved_at"}),
        {
            "id": ("id", "ticket_id"),
            "body": ("description", "comment", "ticket_description"),
            "subject": ("subject",),
            "created_at": ("created_at", "requested"),
            "customer_id": ("requester_id",),
            "customer_name": ("requester",),
            "customer_email": ("requester_email",),
            "customer_phone": ("requester_phone",),
            "channel": ("via",),
            "priority": ("priority",),
            "language": ("requester_language", "locale"),
            "tags": ("tags",),
            "url": ("url", "ticket_url"),
            "status": ("status",),
            "resolved_at": ("solved_at",),
            "queue": ("group",),
        },
        tag_separators=", \t\n",
        ignored=frozenset({"summation_column"}),
    ),
    Export(
        "Freshdesk",
        frozenset({"ticket_id", "subject", "status", "created_time"}),
        frozenset({"agent", "group", "work_phone", "resolution_status", "full_name"}),
        {
            "id": ("ticket_id",),
            "body": ("description", "description_text"),
            "subject": ("subject",),
            "created_at": ("created_time",),
            "customer_id": ("contact_id", "unique_external_id"),
            "customer_name": ("full_name", "contact_name", "requester_name"),
            "customer_email": ("email", "requester_email"),
            "customer_phone": ("work_phone", "mobile_phone"),
            "channel": ("source",),
            "priority": ("priority",),
            "language": ("language",),
            "tags": ("tags",),
            "status": ("status",),
            "resolved_at": ("resolved_time", "closed_time"),
            "queue": ("group",),
        },
        priorities={"1": "low", "2": "normal", "3": "high", "4": "urgent"},
        statuses={"2": "open", "3": "pending", "4": "resolved", "5": "closed"},
    ),
    Export(
        "Help Scout",
        frozenset({"customer_email", "status", "subject"}),
        frozenset({"conversation_number", "conversation_id", "conversation_url"}),
        {
            "id": ("conversation_number", "number", "conversation_id"),
            "body": ("body", "message", "text", "first_message", "customer_message"),
            "subject": ("subject",),
            "created_at": ("created_at", "created", "date_created"),
            "customer_id": ("customer_id",),
            "customer_name": ("customer_name", "customer"),
            "customer_email": ("customer_email",),
            "customer_phone": ("customer_phone",),
            "channel": ("channel", "source", "type"),
            "tags": ("tags",),
            "url": ("conversation_url", "url"),
            "status": ("status",),
            "resolved_at": ("closed_at", "closed"),
            "queue": ("mailbox", "inbox"),
        },
    ),
    Export(
        "Gorgias",
        frozenset({"customer_email", "subject"}),
        frozenset({"initial_channel", "created_datetime", "last_used_integration_type"}),
        {
            "id": ("ticket_id", "id"),
            "body": ("message_body", "body_text", "first_message", "message", "body", "content"),
            "subject": ("subject",),
            "created_at": ("creation_date", "created_datetime", "created_at"),
            "customer_id": ("customer_id",),
            "customer_name": ("customer_name",),
            "customer_email": ("customer_email",),
            "channel": ("initial_channel", "channel"),
            "priority": ("priority",),
            "language": ("language",),
            "tags": ("tags",),
            "status": ("status",),
            "resolved_at": ("closed_date", "closed_datetime"),
            "queue": ("assigned_team",),
        },
    ),
    Export(
        "Intercom",
        frozenset({"conversation_id", "user_email"}),
        frozenset({"conversation_started_at", "conversation_state", "teammate_assigned"}),
        {
            "id": ("conversation_id",),
            "body": ("first_message", "message_body", "body", "conversation_body"),
            "subject": ("conversation_title", "subject"),
            "created_at": ("conversation_started_at", "started_at", "created_at"),
            "customer_id": ("user_id",),
            "customer_name": ("user_name",),
            "customer_email": ("user_email",),
            "customer_phone": ("user_phone",),
            "channel": ("channel", "source_type"),
            "priority": ("priority",),
            "tags": ("conversation_tags", "tags"),
            "url": ("conversation_url", "url"),
            "status": ("conversation_state", "state"),
            "resolved_at": ("last_closed_at", "closed_at"),
            "queue": ("team_assigned",),
        },
        priorities={"priority": "high", "not_priority": "normal"},
    ),
    Export(
        "Jira",
        frozenset({"issue_key", "summary", "status"}),
        frozenset({"issue_id", "issue_type", "project_key", "reporter"}),
        {
            "id": ("issue_key",),
            "body": ("description",),
            "subject": ("summary",),
            "created_at": ("created",),
            "customer_id": ("reporter_id",),
            "customer_name": ("reporter",),
            "customer_email": ("reporter_email",),
            "priority": ("priority",),
            "tags": ("labels",),
            "status": ("status",),
            "resolved_at": ("resolved",),
            "resolution_code": ("resolution",),
            "queue": ("project_key",),
        },
        tag_separators=", ",
    ),
    Export(
        "HubSpot",
        frozenset({"ticket_name", "ticket_status"}),
        frozenset({"record_id", "ticket_id", "pipeline"}),
        {
            "id": ("record_id", "ticket_id"),
            "body": ("ticket_description",),
            "subject": ("ticket_name",),
            "created_at": ("create_date",),
            "customer_email": ("associated_contact",),
            "channel": ("source",),
            "priority": ("priority",),
            "status": ("ticket_status",),
            "resolved_at": ("close_date",),
            "queue": ("pipeline",),
        },
        tag_separators=";",
    ),
    Export(
        "Zoho Desk",
        frozenset({"subject", "status", "created_time", "department"}),
        frozenset({"ticket_owner", "contact_name"}),
        {
            "id": ("id", "ticket_id", "request_id"),
            "body": ("description",),
            "subject": ("subject",),
            "created_at": ("created_time",),
            "customer_id": ("contact_id",),
            "customer_name": ("contact_name",),
            "customer_email": ("email",),
            "customer_phone": ("phone",),
            "channel": ("channel",),
            "priority": ("priority",),
            "language": ("language",),
            "tags": ("tags",),
            "status": ("status",),
            "resolved_at": ("closed_time", "ticket_closed_time"),
            "resolution_note": ("resolution",),
            "queue": ("department",),
        },
    ),
)


def known_export(names: Collection[str]) -> Export | None:
    """The export these plain names are of; None when they are of none or of several."""
    present = set(names)
    found = [
        export for export in EXPORTS if export.shows <= present and export.shows_one_of & present
    ]
    return found[0] if len(found) == 1 else None
