"""The records of a CSV file, read strictly: what is quoted wrongly is an error, never a guess."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from deskstream_cli.importing.refusals import FileRefused

FIELD_MAX_CHARS = 1_000_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are separated and quoted. A quote inside quotes is written twice (RFC 4180)."""

    delimiter: str
    quote: str = '"'
    skipped_lines: int = 0


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """The cells of a record, as they are, and the lines of the file it stands on, from 1."""

    line: int
    last_line: int
    cells: list[str]


def read_records(lines: Iterable[str], dialect: Dialect) -> Iterator[CsvRecord]:
    """All records that are not blank, in order. Raises `FileRefused` where a quote is not closed.

    Nothing after it can be trusted, so reading ends there.
    """
    csv.field_size_limit(FIELD_MAX_CHARS)
    feed = _Feed(iter(lines), dialect.skipped_lines)
    reader = csv.reader(
        feed, delimiter=dialect.delimiter, quotechar=dialect.quote, doublequote=True, strict=True
    )
    while True:
        first_line = feed.number + 1
        feed.lines.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused(_broken(feed.lines, dialect, first_line, error)) from error
        if any(map(str.strip, cells)):
            yield CsvRecord(first_line, feed.number, cells)


class _Feed:
    """Gives lines to the reader and keeps those of the record it is in, to say what is wrong."""

    def __init__(self, lines: Iterator[str], skipped: int) -> None:
        self.number = 0
        self.lines: list[str] = []
        self._lines = lines
        for _ in range(skipped):
            next(self._lines, None)
            self.number += 1

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.lines.append(line)
        return line


def _broken(lines: list[str], dialect: Dialect, first_line: int, error: csv.Error) -> str:
    """Where the quote opened that is not closed, or is closed in the middle of a cell."""
    last = first_line + len(lines) - 1
    if "new-line character" in str(error):
        return (
            f"Line {last} holds a line break of another kind (CR, LF) outside quotes, so where the "
            "row ends cannot be found and nothing is sent. Export the file again, texts in quotes."
        )
    opened = first_line + _opened_at(lines, dialect)
    where = f"Line {opened}: a quote ({dialect.quote}) opens here and "
    if "unexpected end" in str(error):
        what = "is never closed"
    elif "field larger" in str(error):
        what = f"is not closed within {FIELD_MAX_CHARS:,} characters"
    else:
        what = f"is followed on line {last} by text after its closing quote"
    return (
        f"{where}{what}. The rows after it cannot be separated, so nothing is sent. "
        "Fix that line: a quote inside a quoted cell is written twice."
    )


def _opened_at(lines: list[str], dialect: Dialect) -> int:
    """Which of the lines holds the quote that opened last."""
    opened = 0
    inside = False
    for number, line in enumerate(lines):
        starts_cell = not inside
        position = 0
        while position < len(line):
            char = line[position]
            if inside and char == dialect.quote:
                if line[position + 1 : position + 2] == dialect.quote:
                    position += 1
                else:
                    inside = False
            elif not inside and starts_cell and char == dialect.quote:
                inside, opened = True, number
            starts_cell = not inside and char == dialect.delimiter
            position += 1
    return opened
