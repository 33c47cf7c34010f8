"""Finds rows inside a cell: what is left when a quote was not closed and a later one closed it."""

import csv
import re
from datetime import UTC

from deskstream_cli.importing.columns import Columns
from deskstream_cli.importing.dates import NoTime, date_readings, read_time
from deskstream_cli.importing.records import CsvRecord, Dialect
from deskstream_cli.importing.remarks import Unfit

_ID = re.compile(r"[\w.#-]+")


def refuse_swallowed_rows(record: CsvRecord, dialect: Dialect, columns: Columns) -> None:
    """Raises `Unfit` when lines inside a cell have a row's cells, each of a row's kind.

    A letter may quote a table. Its lines are taken for rows only if they have as many cells as
    the header, and what is in the place of the id, the address and the time looks like one.
    """
    if record.last_line == record.line:
        return
    for cell in record.cells:
        for number, line in enumerate(re.split(r"\r\n|\r|\n", cell)[1:], start=1):
            if dialect.delimiter in line and _is_row(line, dialect, columns):
                raise Unfit(
                    f"holds a line that looks like a row of its own (line {record.line + number} "
                    f"or so): is the quote closed that opens on line {record.line}?"
                )


def _is_row(line: str, dialect: Dialect, columns: Columns) -> bool:
    try:
        cells = next(csv.reader([line], delimiter=dialect.delimiter, quotechar=dialect.quote), [])
    except csv.Error:
        return False
    if len(cells) != len(columns.names) or len(cells) < 2:
        return False
    looks = [
        looks_like(cells[columns.of[field]].strip())
        for field, looks_like in (
            ("id", _is_id),
            ("customer_email", _is_email),
            ("created_at", _is_time),
        )
        if field in columns.of and cells[columns.of[field]].strip()
    ]
    return bool(looks) and all(looks)


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None and any(map(str.isdecimal, text))


def _is_email(text: str) -> bool:
    return re.fullmatch(r"\S+@\S+", text) is not None


def _is_time(text: str) -> bool:
    if date_readings(text):
        return True
    try:
        read_time(text, None, UTC)
    except NoTime:
        return False
    return True
