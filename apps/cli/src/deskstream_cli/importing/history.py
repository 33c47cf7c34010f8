"""A row as the body of `POST /v1/tickets/history`: a ticket with its past."""

import re
from datetime import datetime
from typing import Any

from deskstream_cli.importing.codes import whole_code
from deskstream_cli.importing.limits import ID_MAX_CHARS, MESSAGES_MAX
from deskstream_cli.importing.remarks import Unfit
from deskstream_cli.importing.row import Row
from deskstream_cli.importing.tickets import ticket_request
from deskstream_cli.importing.vocabulary import status_of

_KINDS = {"reply": "outbound", "customer_reply": "inbound", "note": "note"}
_MESSAGE = re.compile(r"(reply|customer_reply|note)_(\d+)")
_SETTLED = frozenset({"resolved", "closed"})


def history_request(row: Row, source: str, content_id: str, *, analyse: bool) -> dict[str, Any]:
    """The request. A row without a status is resolved. Raises `Unfit`."""
    request = ticket_request(row, source, content_id)
    if "occurred_at" not in request:
        raise Unfit("has no time, which history needs", row.columns.name("created_at"))
    opened_at = datetime.fromisoformat(request["occurred_at"])
    status = _status(row)
    resolved_at = row.time("resolved_at")
    messages = _messages(row, opened_at, resolved_at)
    request["status"] = status
    if messages:
        request["messages"] = [
            message | {"occurred_at": at.isoformat()} for at, message in messages
        ]
    if status in _SETTLED:
        _settle(row, request, resolved_at, [opened_at, *(at for at, _ in messages)])
    else:
        for field in ("resolved_at", "resolution_code", "resolution_note"):
            if row.text(field):
                row.remark(row.columns.name(field), f"is left out: the ticket is {status}")
    if queue := _code(row, "queue"):
        request["queue"] = queue
    if analyse:
        request["analyse"] = True
    return request


def _code(row: Row, field: str) -> str:
    code = whole_code(row.text(field))
    if row.text(field) and not code:
        row.remark(row.columns.name(field), "cannot be written as a code; left out")
    return code


def _status(row: Row) -> str:
    text = row.text("status")
    if not text:
        if "status" in row.columns.of:
            row.remark(row.columns.name("status"), "is empty; taken as resolved")
        return "resolved"
    export = row.columns.export
    found = (export.statuses.get(text) if export else None) or status_of(text)
    if found is None:
        raise Unfit(
            "is no status we know; write open, pending, on hold, resolved or closed",
            row.columns.name("status"),
        )
    return found


def _messages(
    row: Row, opened_at: datetime, resolved_at: datetime | None
) -> list[tuple[datetime, dict[str, str]]]:
    """Later messages in the order of their times, those without one where they stand in the row."""
    found: list[tuple[datetime, dict[str, str]]] = []
    latest = opened_at
    for field in _message_fields(row):
        body = row.message(field)
        if not body:
            continue
        at = row.time(f"{field}_at")
        if at is None:
            at = max(latest, resolved_at or latest)
            row.remark(
                row.columns.name(field),
                "has no time of its own; that of the resolution or the message before it was taken",
            )
        if at < opened_at:
            raise Unfit("is before the ticket's own time", row.columns.name(f"{field}_at"))
        latest = max(latest, at)
        kind = _KINDS[_MESSAGE.sub(r"\1", field)]
        message = {"kind": kind, "body": body}
        author = row.text(f"{field}_by")
        if author and kind != "inbound" and len(author) <= ID_MAX_CHARS:
            message["author"] = author
        elif author:
            row.remark(row.columns.name(f"{field}_by"), "is left out: it cannot be an author")
        found.append((at, message))
    if len(found) > MESSAGES_MAX:
        raise Unfit(f"has {len(found)} messages; {MESSAGES_MAX} are the most")
    return sorted(found, key=lambda pair: pair[0])


def _message_fields(row: Row) -> list[str]:
    """`reply_1`, `note_1`, `reply_2` …: by number, then as the columns stand."""
    numbered = [
        (int(found[2]), place, field)
        for field, place in row.columns.of.items()
        if (found := _MESSAGE.fullmatch(field))
    ]
    return [field for _, _, field in sorted(numbered)]


def _settle(
    row: Row, request: dict[str, Any], resolved_at: datetime | None, times: list[datetime]
) -> None:
    if resolved_at is not None and resolved_at < max(times):
        row.remark(
            row.columns.name("resolved_at"),
            "is before the last message, whose time was taken",
        )
        resolved_at = max(times)
    if resolved_at is not None:
        request["resolved_at"] = resolved_at.isoformat()
    resolution = {
        "code": _code(row, "resolution_code"),
        "note": row.message("resolution_note"),
    }
    if any(resolution.values()):
        request["resolution"] = {name: text for name, text in resolution.items() if text}
