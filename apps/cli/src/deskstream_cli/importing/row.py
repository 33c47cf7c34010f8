"""One row's values by the meaning of their columns, and what is remarked about it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from deskstream_cli.importing.columns import Columns
from deskstream_cli.importing.dates import DateOrder, NoTime, read_time
from deskstream_cli.importing.limits import LINE_MAX_CHARS, TEXT_MAX_CHARS
from deskstream_cli.importing.markup import TooDeep, is_html, text_of_html
from deskstream_cli.importing.records import CsvRecord
from deskstream_cli.importing.remarks import Remark, Unfit

_QUOTED_LATE = re.compile(r'[ \t]+".*"\s*', re.DOTALL)
_EXCEL_TEXT = re.compile(r'="([^"]*)"')


class Row:
    """Reads the cells of a record. Raises `Unfit` for what makes the whole row impossible."""

    def __init__(
        self,
        record: CsvRecord,
        columns: Columns,
        *,
        orders: Mapping[str, DateOrder],
        zone: tzinfo,
        now: datetime,
    ) -> None:
        self.record = record
        self.columns = columns
        self.remarks: list[Remark] = []
        self.open_zones = 0
        self.open_countries = 0
        self.html = 0
        self._orders = orders
        self._zone = zone
        self._now = now
        self._cells = _checked(record, len(columns.names))

    def text(self, field: str) -> str:
        """The cell of a field; empty when it has no column or nothing in it."""
        place = self.columns.of.get(field)
        return "" if place is None else self.cell(place)

    def cell(self, place: int) -> str:
        """A cell without the space around it, and without `="…"`, a spreadsheet's mark of text."""
        text = self._cells[place].strip()
        found = _EXCEL_TEXT.fullmatch(text)
        return found[1].strip() if found else text

    def message(self, field: str) -> str:
        """A message's text, also where it is HTML. Raises `Unfit` when it is too long."""
        text = self.text(field)
        if is_html(text):
            try:
                text = text_of_html(text)
            except TooDeep as problem:
                raise Unfit(str(problem), self.columns.name(field)) from problem
            self.html += 1
        if len(text) > TEXT_MAX_CHARS:
            raise Unfit(
                f"has {len(text):,} characters; {TEXT_MAX_CHARS:,} are the most",
                self.columns.name(field),
            )
        return text

    def line_of_text(self, field: str) -> str:
        """A text of one line; longer ones are cut and that is remarked."""
        return self.as_line(self.text(field), self.columns.name(field))

    def as_line(self, text: str, column: str) -> str:
        """Line breaks become spaces, what is too long is cut and remarked."""
        text = " ".join(text.split()) if "\n" in text or "\r" in text else text
        if len(text) > LINE_MAX_CHARS:
            self.remark(column, f"has {len(text):,} characters; only {LINE_MAX_CHARS} were kept")
            text = text[: LINE_MAX_CHARS - 1].rstrip() + "…"
        return text

    def time(self, field: str) -> datetime | None:
        """The time in a field; None when there is none. Raises `Unfit` when it cannot be read."""
        text = self.text(field)
        if not text:
            return None
        column = self.columns.name(field)
        try:
            moment = read_time(text, self._orders.get(field), self._zone)
        except NoTime as problem:
            raise Unfit(str(problem), column) from problem
        if moment.zone_was_open:
            self.open_zones += 1
        if moment.at.astimezone(UTC) > self._now:
            self.remark(column, "is in the future")
        return moment.at

    def remark(self, column: str, reason: str) -> None:
        """Adds to the report what was left out or changed."""
        self.remarks.append(Remark(self.record.line, column, reason))


def _checked(record: CsvRecord, width: int) -> list[str]:
    cells = record.cells
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        raise Unfit(f"has {len(cells)} cells, the header has {width}")
    if any(cell[:1] in " \t" and _QUOTED_LATE.fullmatch(cell) for cell in cells if cell):
        raise Unfit("has a blank between separator and quote, so that its quotes are text")
    whole = "".join(cells)
    if "\x00" in whole:
        raise Unfit("holds a NUL character")
    if not whole.isascii() and any("\ud800" <= char <= "\udfff" for char in whole):
        raise Unfit("holds bytes that are not of the file's encoding")
    return cells
