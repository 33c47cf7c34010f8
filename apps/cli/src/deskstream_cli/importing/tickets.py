"""A row as the body of `POST /v1/tickets`."""

import re
from typing import Any

from deskstream_cli.importing.codes import attribute_code, whole_code
from deskstream_cli.importing.limits import (
    ATTRIBUTES_MAX,
    ID_MAX_CHARS,
    TAGS_MAX,
    URL_MAX_CHARS,
)
from deskstream_cli.importing.remarks import Unfit
from deskstream_cli.importing.row import Row
from deskstream_cli.importing.vocabulary import language_of, priority_of

_ROUNDED = re.compile(r"[+-]?\d([.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_NAMED_ADDRESS = re.compile(
    r'"?(?P<name>[^"<>()]*?)"?\s*(?:<(?P<in_angles>[^\s<>()]+@[^\s<>()]+)>'
    r"|\((?P<in_brackets>[^\s<>()]+@[^\s<>()]+)\))"
)


def ticket_request(row: Row, source: str, content_id: str) -> dict[str, Any]:
    """The request. `content_id` names a row that has no id. Raises `Unfit`."""
    body = row.message("body")
    if not body:
        raise Unfit("has no text", row.columns.name("body"))
    occurred_at = row.time("created_at")
    request: dict[str, Any] = {
        "subject": row.line_of_text("subject") or _subject_of(body),
        "body": body,
        "channel": _channel(row),
        "external": _external(row, source, content_id),
        "priority": _priority(row),
        "tags": _tags(row),
        "language": _language(row),
    }
    attributes: dict[str, str] = {}
    request["customer"] = _customer(row, source, attributes)
    request["attributes"] = _attributes(row, attributes)
    if occurred_at is not None:
        request["occurred_at"] = occurred_at.isoformat()
    elif "created_at" in row.columns.of:
        row.remark(row.columns.name("created_at"), "is empty; the time of the import is taken")
    return {name: value for name, value in request.items() if value}


def _external(row: Row, source: str, content_id: str) -> dict[str, str]:
    given = row.text("id")
    column = row.columns.name("id")
    if len(given) > ID_MAX_CHARS:
        raise Unfit(f"has {len(given)} characters; {ID_MAX_CHARS} are the most", column)
    if _ROUNDED.fullmatch(given):
        raise Unfit("was rounded by a spreadsheet (like 1.23E+11): the id is lost", column)
    external = {"source": source, "id": given or content_id}
    url = row.text("url")
    if url and re.fullmatch(r"https?://[^\s\x00]+", url) and len(url) <= URL_MAX_CHARS:
        external["url"] = url
    elif url:
        row.remark(row.columns.name("url"), "is no address (http:// or https://); left out")
    return external


def _customer(row: Row, source: str, attributes: dict[str, str]) -> dict[str, str]:
    """The customer. Addresses are sent as written: the API knows which can be answered.

    A word in the e-mail's column that is no address is a name; a handle is an id of the source's.
    """
    who: dict[str, str] = {"name": row.line_of_text("customer_name")}
    _add_email(row, who)
    phone = row.line_of_text("customer_phone").lstrip("'")
    if _ROUNDED.fullmatch(phone):
        _keep(row, "customer_phone", phone, "was rounded by a spreadsheet", attributes)
    elif phone:
        who["phone"] = phone
        row.open_countries += not phone.startswith("+")
    handle = row.text("customer_id")
    if handle:
        external_id = f"{source}:{handle}"
        if len(external_id) > ID_MAX_CHARS:
            _keep(row, "customer_id", handle, "is too long for an id", attributes)
        else:
            who["external_id"] = external_id
            who["name"] = who["name"] or handle
    return {name: value for name, value in who.items() if value}


def _add_email(row: Row, who: dict[str, str]) -> None:
    """Takes also `Ann Poe <ann@example.com>` and `Ann Poe (ann@example.com)` for what they say."""
    email = row.line_of_text("customer_email")
    if found := _NAMED_ADDRESS.fullmatch(email):
        email = found["in_angles"] or found["in_brackets"]
        name = found["name"].strip()
        if name and who["name"] not in {"", name}:
            row.remark(row.columns.name("customer_email"), "holds another name; it is left out")
        who["name"] = who["name"] or name
    if email and "@" not in email and not who["name"]:
        who["name"] = email
    else:
        who["email"] = email


def _keep(row: Row, field: str, text: str, reason: str, attributes: dict[str, str]) -> None:
    column = row.columns.name(field)
    code = attribute_code(column) or field
    attributes[code] = row.as_line(text, column)
    row.remark(column, f"{reason}; kept as the attribute {code}")


def _priority(row: Row) -> str | None:
    text = row.text("priority")
    if text in {"", "-"}:
        return None
    export = row.columns.export
    found = (export.priorities.get(text) if export else None) or priority_of(text)
    if found is None:
        row.remark(row.columns.name("priority"), "is no priority we know; left to triage")
    return found


def _language(row: Row) -> str | None:
    text = row.text("language")
    found = language_of(text) if text else None
    if text and found is None:
        row.remark(row.columns.name("language"), "is no language we know; left to be detected")
    return found


def _channel(row: Row) -> str:
    text = row.text("channel")
    code = whole_code(text)
    if text and not code:
        row.remark(row.columns.name("channel"), "cannot be written as a code; `import` was taken")
    return code or "import"


def _tags(row: Row) -> list[str]:
    text = row.text("tags")
    if not text:
        return []
    column = row.columns.name("tags")
    separators = row.columns.export.tag_separators if row.columns.export else ",;|\n"
    tags: list[str] = []
    for word in re.split(f"[{re.escape(separators)}]", text):
        code = whole_code(word)
        if word.strip() and not code:
            row.remark(column, "holds a tag that cannot be written as a code; left out")
        elif code and code not in tags:
            tags.append(code)
    if len(tags) > TAGS_MAX:
        row.remark(column, f"holds {len(tags)} tags; the first {TAGS_MAX} were kept")
    return tags[:TAGS_MAX]


def _attributes(row: Row, kept: dict[str, str]) -> dict[str, str]:
    attributes = dict(kept)
    for place, code in row.columns.attributes.items():
        text = row.cell(place)
        if not text:
            continue
        column = row.columns.names[place]
        if len(attributes) >= ATTRIBUTES_MAX:
            row.remark(column, f"is left out: a ticket has {ATTRIBUTES_MAX} attributes at most")
        elif code in attributes:
            row.remark(column, f"is left out: {code} is taken by another column")
        else:
            attributes[code] = row.as_line(text, column)
    return attributes


def _subject_of(body: str) -> str:
    """The text's first line, or its first words.

    The API would cut it by another rule, and a row imported before would no longer be the same.
    """
    line = body.splitlines()[0].strip() or body
    return line if len(line) <= 80 else line[:79].rsplit(" ", 1)[0] + "…"
