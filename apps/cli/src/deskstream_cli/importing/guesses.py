"""Names that columns often have, and what they are then."""

from collections.abc import Mapping

GUESSES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "id": (("id",), ("ticket_id", "external_id", "tweet_id", "message_id", "uuid"),
           ("key", "number", "ticket_number", "ticket", "nummer", "ticketnummer")),
    "body": (("body", "text", "message", "description", "content", "comment", "question", "tweet",
              "message_body", "ticket_body", "ticket_description", "body_text", "message_text",
              "description_text", "customer_message", "nachricht", "mensaje", "mensagem",
              "messaggio", "bericht"),),
    "subject": (("subject",), ("title", "summary", "topic", "ticket_subject", "betreff", "asunto",
                              "assunto", "objet", "oggetto", "onderwerp")),
    "created_at": (("created_at", "created", "created_time", "created_date", "creation_date",
                    "date_created", "created_on", "create_date"),
                   ("occurred_at", "sent_at", "received_at", "opened_at", "submitted_at"),
                   ("date", "timestamp", "time", "datetime", "datum", "fecha")),
    "customer_id": (("customer_id", "user_id", "requester_id", "contact_id"),
                    ("customer", "user", "author", "username", "handle", "author_id")),
    "customer_name": (("customer_name", "full_name", "user_name", "requester_name"), ("name",)),
    "customer_email": (("customer_email", "email", "e_mail", "email_address", "requester_email",
                        "contact_email"), ("from", "sender")),
    "customer_phone": (("customer_phone", "phone", "phone_number", "mobile", "work_phone",
                        "mobile_phone", "telephone", "telefon"),),
    "channel": (("channel",), ("via", "source_channel")),
    "priority": (("priority",), ("severity", "urgency", "priorität", "prioridad")),
    "language": (("language", "lang", "locale"),),
    "tags": (("tags",), ("labels",)),
    "url": (("url", "ticket_url", "link"),),
}  # fmt: skip
"""Plain names that a column of each meaning often has. An earlier group goes before a later one."""

HISTORY_GUESSES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "status": (("status",), ("state", "ticket_status")),
    "resolved_at": (("resolved_at", "solved_at", "resolved_time", "resolved", "resolved_date"),
                    ("closed_at", "closed_time", "closed", "closed_date", "close_date")),
    "resolution_code": (("resolution_code", "resolution_type"),),
    "resolution_note": (("resolution_note", "resolution"),),
    "queue": (("queue",), ("group", "team", "department")),
}  # fmt: skip
"""Those that only `--history` takes; else they are attributes."""
