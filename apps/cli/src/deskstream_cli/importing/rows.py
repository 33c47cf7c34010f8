"""Rows of a CSV file as requests to make a ticket, or as the reason why not."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deskstream_cli.importing.columns import Columns

BODY_MAX_CHARS = 20_000
SUBJECT_MAX_CHARS = 200
ATTRIBUTE_MAX_CHARS = 500
ATTRIBUTES_MAX = 20
FIELD_MAX_CHARS = 1_000_000
ID_MAX_CHARS = 200
_NOT_A_CODE = re.compile(r"[^a-z0-9_.:-]+")
_PRIORITIES = {"low", "normal", "high", "urgent"}


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A row that can be sent: the body of `POST /v1/tickets`."""

    line: int
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row that cannot be sent, and why."""

    line: int
    reason: str


def read_header(path: Path) -> list[str]:
    """The names of a file's columns; empty for an empty file."""
    with _opened(path) as file:
        return next(csv.reader(file), [])


def read_rows(path: Path, columns: Columns, source: str) -> Iterator[TicketRow | WrongRow]:
    """Every row after the header, in order, whatever is in it. `line` is where the row ends."""
    csv.field_size_limit(FIELD_MAX_CHARS)
    seen: Counter[str] = Counter()
    with _opened(path) as file:
        reader = csv.reader(file)
        header = next(reader, [])
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield WrongRow(reader.line_num, f"not CSV: {error}")
                continue
            if cells:
                yield _row(reader.line_num, header, cells, columns, source, seen)


def _opened(path: Path) -> Any:
    """Bytes that are not UTF-8 become lone surrogates, so that one bad row ends nothing."""
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _row(
    line: int,
    header: list[str],
    cells: list[str],
    columns: Columns,
    source: str,
    seen: Counter[str],
) -> TicketRow | WrongRow:
    if len(cells) != len(header):
        return WrongRow(line, f"has {len(cells)} fields, the header has {len(header)}")
    try:
        ",".join(cells).encode()
    except UnicodeEncodeError:
        return WrongRow(line, "is not UTF-8")
    values = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    field: dict[str, str] = {
        n: values[column] for n, column in columns.of.items() if values[column]
    }
    body = field.get("body", "")
    if not body:
        return WrongRow(line, "has no text")
    if "\x00" in "".join(cells):
        return WrongRow(line, "holds a NUL character")
    if len(body) > BODY_MAX_CHARS:
        return WrongRow(line, f"text has {len(body)} characters, the limit is {BODY_MAX_CHARS}")
    occurred_at = _instant(field.get("created_at"))
    if "created_at" in field and occurred_at is None:
        return WrongRow(line, f"{columns.of['created_at']} is not a time: {field['created_at']!r}")
    external_id = field.get("id") or _id_of_content(cells, seen)
    if len(external_id) > ID_MAX_CHARS:
        return WrongRow(line, f"id has {len(external_id)} characters, the limit is {ID_MAX_CHARS}")
    request: dict[str, Any] = {
        "subject": (field.get("subject") or _subject_of(body))[:SUBJECT_MAX_CHARS],
        "body": body,
        "channel": _code(field.get("channel", "")) or "import",
        "customer": _customer(field, source),
        "external": {"source": source, "id": external_id},
        "attributes": _attributes(values, columns),
    }
    if occurred_at is not None:
        request["occurred_at"] = occurred_at.isoformat()
    if field.get("priority", "").lower() in _PRIORITIES:
        request["priority"] = field["priority"].lower()
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", field.get("language", "")):
        request["language"] = field["language"]
    return TicketRow(line, {name: value for name, value in request.items() if value})


def _customer(field: Mapping[str, str], source: str) -> dict[str, str]:
    """Who wrote: a name in the file that is no address is an id of the source's."""
    who = {
        "name": field.get("customer_name"),
        "email": field.get("customer_email"),
        "phone": field.get("customer_phone"),
    }
    if who["email"] and "@" not in who["email"]:
        who["name"] = who["name"] or who.pop("email")
    handle = field.get("customer_id")
    if handle:
        who["external_id"] = f"{source}:{handle}"[:ID_MAX_CHARS]
        who["name"] = who["name"] or handle
    return {name: value for name, value in who.items() if value}


def _attributes(values: Mapping[str, str], columns: Columns) -> dict[str, str]:
    named = ((_code(name), values[name][:ATTRIBUTE_MAX_CHARS]) for name in columns.attributes)
    return dict([(name, value) for name, value in named if name and value][:ATTRIBUTES_MAX])


def _subject_of(body: str) -> str:
    """The text's first line, or its first words."""
    line = body.splitlines()[0].strip() or body
    return line if len(line) <= 80 else line[:79].rsplit(" ", 1)[0] + "…"


def _id_of_content(cells: list[str], seen: Counter[str]) -> str:
    """A row without an id is known by its content, and by which of its equals it is."""
    digest = hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:32]
    seen[digest] += 1
    return f"row-{digest}-{seen[digest]}"


def _code(text: str) -> str:
    return _NOT_A_CODE.sub("_", text.strip().lower()).strip("_.:-")[:100]


def _instant(text: str | None) -> datetime | None:
    """An ISO 8601 time or a Unix time in seconds; without a zone it is UTC."""
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
