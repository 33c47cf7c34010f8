"""The report of an import: a CSV file, by line, of what was not imported or not as it was."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from deskstream_cli.importing.remarks import WrongRow
from deskstream_cli.importing.shown import shown

_HEADER = ("line", "column", "what", "reason")
NOT_IMPORTED = "not imported"
CHANGED = "imported with a change"
NOTE = "note"
_FORMULA = ("=", "+", "-", "@")


class ReportFile:
    """Writes as it goes; entries of an earlier run for lines up to `after_line` stay.

    It holds no cell of the file: lines, names of columns, reasons.
    """

    def __init__(self, path: Path, after_line: int = 0) -> None:
        self.path = path
        self._earlier = list(_lines_up_to(path, after_line)) if after_line else []

    @property
    def wrong_before(self) -> Sequence[WrongRow]:
        """The rows that the earlier run did not take."""
        return [
            WrongRow(int(line), reason, column)
            for line, column, what, reason in self._earlier
            if what == NOT_IMPORTED
        ]

    def __enter__(self) -> "ReportFile":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = self.path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerows([_HEADER, *self._earlier])
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, line: int, column: str, what: str, reason: str) -> None:
        """Adds an entry. A column's name that a spreadsheet would calculate is made text."""
        name = shown(column, 200)
        self._writer.writerow(
            (line, f"'{name}" if name.startswith(_FORMULA) else name, what, shown(reason, 500))
        )

    def flush(self) -> None:
        """Writes added entries to disk, so that a resumed run has them."""
        self._file.flush()


def _lines_up_to(path: Path, after_line: int) -> Iterator[list[str]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for entry in csv.reader(file):
            if len(entry) == len(_HEADER) and entry[0].isdecimal() and int(entry[0]) <= after_line:
                yield entry
