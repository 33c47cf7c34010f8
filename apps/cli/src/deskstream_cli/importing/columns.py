"""Which column of a CSV file means what: told by the user, else guessed from its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Field = Literal[
    "id",
    "body",
    "subject",
    "created_at",
    "customer_id",
    "customer_name",
    "customer_email",
    "customer_phone",
    "channel",
    "priority",
    "language",
]

FIELDS: tuple[Field, ...] = get_args(Field)

GUESSES: Mapping[Field, tuple[str, ...]] = {
    "id": ("id", "ticket_id", "external_id", "tweet_id", "message_id", "uuid", "key", "number"),
    "body": ("body", "text", "message", "description", "content", "comment", "question", "tweet"),
    "subject": ("subject", "title", "summary", "topic"),
    "created_at": ("created_at", "created", "date", "timestamp", "time", "occurred_at", "sent_at"),
    "customer_id": ("customer_id", "customer", "user", "user_id", "author", "username", "handle"),
    "customer_name": ("customer_name", "name", "full_name", "user_name"),
    "customer_email": ("customer_email", "email", "e_mail", "email_address", "from", "sender"),
    "customer_phone": ("customer_phone", "phone", "phone_number", "mobile"),
    "channel": ("channel", "via", "source_channel"),
    "priority": ("priority", "severity"),
    "language": ("language", "lang", "locale"),
}
"""Names a column of each meaning often has, the likeliest first."""


class UnusableColumns(Exception):
    """The file's columns cannot be understood; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The column each field is read from. Columns that mean nothing to us become attributes."""

    of: Mapping[Field, str]
    attributes: tuple[str, ...]


def choose_columns(header: Sequence[str], told: Mapping[str, str]) -> Columns:
    """Takes what was told and guesses the rest. Raises `UnusableColumns`."""
    unknown_fields = sorted(set(told) - set(FIELDS))
    if unknown_fields:
        raise UnusableColumns(
            f"--map knows no field {', '.join(unknown_fields)}. Fields: {', '.join(FIELDS)}."
        )
    missing = sorted(set(told.values()) - set(header))
    if missing:
        raise UnusableColumns(
            f"--map names columns the file has not: {', '.join(missing)}. "
            f"Its columns: {', '.join(header)}."
        )
    chosen: dict[Field, str] = {}
    taken = set(told.values())
    for field in FIELDS:
        column = told.get(field) or _guess(field, header, taken)
        if column is not None:
            chosen[field] = column
            taken.add(column)
    if "body" not in chosen:
        raise UnusableColumns(
            f"No column looks like the message's text. Its columns: {', '.join(header)}. "
            "Name it: --map body=COLUMN."
        )
    return Columns(chosen, tuple(name for name in header if name and name not in taken))


def _guess(field: Field, header: Sequence[str], taken: set[str]) -> str | None:
    by_plain_name = {_plain(name): name for name in reversed(header) if name not in taken}
    for guess in GUESSES[field]:
        if guess in by_plain_name:
            return by_plain_name[guess]
    return None


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")
